package apiclient

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var (
	jan  = time.UnixMilli(1767225600000).UTC()
	dec  = time.UnixMilli(1766822400000).UTC()
	mar1 = time.Date(2026, 3, 1, 3, 21, 40, 0, time.UTC)
)

// What comes of the answers that Adobe's documents and reference print.
func TestAnswersAreRead(t *testing.T) {
	for _, tt := range []struct {
		name string
		body string
		call func(context.Context, *Client) (any, error)
		want any
	}{
		{"sandboxes of the documents", `{"sandboxes":[{"name":"prod","title":"Production","state":"active","type":"production","region":"NLD2","isDefault":true,"eTag":4,
			"createdDate":"2025-01-14 09:12:03","lastModifiedDate":"2025-11-02 17:40:55","createdBy":"system","modifiedBy":"ops"},{"name":"old","state":"deleted"}],"_page":{"limit":50,"count":2}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Sandboxes.List(ctx) },
			[]Sandbox{{"prod", "Production", "active", "production", "NLD2", true, time.Date(2025, 1, 14, 9, 12, 3, 0, time.UTC), time.Date(2025, 11, 2, 17, 40, 55, 0, time.UTC), "system", "ops"}}},
		{"sandbox of the reference", `{"name":"dev","default":false,"etag":2,"createdDate":"2025-01-14T09:12:03.000Z","lastModifiedBy":"x"}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Sandboxes.Get(ctx, "dev") },
			&Sandbox{Name: "dev", Created: time.Date(2025, 1, 14, 9, 12, 3, 0, time.UTC), ModifiedBy: "x"}},
		{"sandbox types, both forms", `{"sandboxTypes":[{"id":"development","title":"Development"},"production",7,{},null]}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Sandboxes.Types(ctx) },
			[]string{"development", "production", "7"}},
		{"namespaces", `[{"id":11873402,"code":"LoyaltyId","name":"Loyalty number","status":"ACTIVE","description":"Card","idType":"CROSS_DEVICE","custom":true,"createTime":1767225600000,"updateTime":1767225600000}]`,
			func(ctx context.Context, c *Client) (any, error) { return c.Identities.Namespaces(ctx, "dev") },
			[]Namespace{{11873402, "LoyaltyId", "Loyalty number", "Card", "ACTIVE", "CROSS_DEVICE", true, jan, jan}}},
		{"graph", `{"version":"2.0","graphs":[{"composite_xid":{"ns":"email","id":"r"},"vertices":[{"composite_xid":{"ns":"email","id":"r"},"last_updated_ts":1767225600000},{"composite_xid":{"ns":"ECID","id":"7"}}],
			"edges":[{"composite_xid_pair":[{"ns":"email","id":"r"},{"ns":"ECID","id":"7"}],"first_established_ts":1766822400000,"last_established_ts":1767225600000,"dataset_ids":["66f0"],"batch_ids":["01J9"]},{"composite_xid_pair":[]}]}],"algo_type":"STITCH_ALL"}`,
			func(ctx context.Context, c *Client) (any, error) {
				return c.Identities.Graph(ctx, "dev", []Identity{{"email", "r"}})
			},
			[]Graph{{Identity{"email", "r"}, []Member{{Identity{"email", "r"}, jan}, {Identity{"ECID", "7"}, time.Time{}}},
				[]Link{{Identity{"email", "r"}, Identity{"ECID", "7"}, dec, jan, []string{"66f0"}, []string{"01J9"}}}}}},
		{"graph by XID", `{"graphs":[{"xid":"Blv","members":["Blv","Gs"],"edges":[{"xid_pair":["Blv","Gs"]}]}]}`,
			func(ctx context.Context, c *Client) (any, error) {
				return c.Identities.Graph(ctx, "dev", []Identity{{ID: "Blv"}})
			},
			[]Graph{{Identity{ID: "Blv"}, []Member{{Identity: Identity{ID: "Blv"}}, {Identity: Identity{ID: "Gs"}}}, []Link{{A: Identity{ID: "Blv"}, B: Identity{ID: "Gs"}}}}}},
		{"cluster", `{"version":"1.1.0","members":[{"nsid":4,"id":"7"}]}`,
			func(ctx context.Context, c *Client) (any, error) {
				return c.Identities.Cluster(ctx, "dev", Identity{"email", "r"})
			},
			&Graph{Identity: Identity{"email", "r"}, Members: []Member{{Identity: Identity{"4", "7"}}}}},
		{"merge policy", `{"id":"5f1b","name":"Default","sandbox":{"sandboxName":"prod","sandboxId":"6b0d"},"schema":{"name":"_xdm.context.profile"},"version":1,"identityGraph":{"type":"pdg"},
			"attributeMerge":{"type":"dataSetPrecedence","order":["a","b"]},"isActiveOnEdge":true,"default":true,"updateEpoch":1767225600}`,
			func(ctx context.Context, c *Client) (any, error) { return c.MergePolicies.Get(ctx, "dev", "5f1b") },
			&MergePolicy{"5f1b", "Default", "_xdm.context.profile", "pdg", "dataSetPrecedence", []string{"a", "b"}, true, true, 1, jan, "prod", "6b0d"}},
		{"preview status", `{"numRowsToRead":"38210","sampleJobRunning":{"status":false},"docCount":"\"288140\"","totalFragmentCount":61230,"lastSuccessfulBatchTimestamp":"\"null\"","streamingDriven":"\"false\"",
			"totalRows":"47655","lastBatchId":"\"null\"","status":"TASK_FINISHED","samplingRatio":0.801805,"mergeStrategy":"timestampOrdered_auto","lastSampledTimestamp":"2026-03-01 03:21:40.0"}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Previews.Status(ctx, "dev") },
			&PreviewStatus{47655, 38210, 288140, 61230, 0.801805, "timestampOrdered_auto", "TASK_FINISHED", false, mar1}},
		{"dataset report", `{"data":[{"sampleCount":11804,"samplePercentage":0.3,"fullIDsCount":14720,"fullIDsPercentage":0.31,"name":"CRM","value":"66f0","streamingIngestionEnabled":"false"}],"reportTimestamp":"2026-03-01T03:21:40.000"}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Previews.Datasets(ctx, "dev", time.Time{}) },
			&Report{[]ReportRow{{Value: "66f0", Name: "CRM", Profiles: 14720, ProfileShare: 0.31, Sampled: 11804, SampleShare: 0.3}}, mar1}},
		{"overlap", `{"data":{"b,a":8120,"a":6600},"reportTimestamp":"2026-03-01T03:21:40.000"}`,
			func(ctx context.Context, c *Client) (any, error) {
				return c.Previews.DatasetOverlap(ctx, "dev", time.Time{})
			},
			&Overlap{[]OverlapSet{{[]string{"a"}, 6600}, {[]string{"b", "a"}, 8120}}, mar1}},
		{"unknown profiles", `{"data":{"totalNumberOfProfiles":47655,"totalNumberOfEvents":9,"unknownProfiles":{"30days":{},"7days":{"countOfProfiles":1310,"eventsAssociated":4,"nsDistribution":{"ECID":{"countOfProfiles":1270}}}}},"reportTimestamp":"2026-03-01T03:21:40.000"}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Previews.Unknown(ctx, "dev") },
			&UnknownProfiles{47655, 9, []UnknownPeriod{{7, 1310, 4, map[string]int64{"ECID": 1270}}, {30, 0, 0, map[string]int64{}}}, mar1}},
		{"dataset", `{"66f0":{"name":"CRM","tags":{"unifiedProfile":["isUpsert:true","enabled: true"],"unifiedIdentity":["enabled:false"],"x":"one"},"schemaRef":{"id":"https://s"},
			"classification":{"dataBehavior":"record","managedBy":"SYSTEM"},"extensions":{"adobe_unifiedProfile":{"metrics":{"rowCount":14720}}},"created":1766822400000,"updated":1767225600000}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Datasets.Get(ctx, "dev", "66f0") },
			&Dataset{ID: "66f0", Name: "CRM", Schema: "https://s", Behavior: "record", System: true, Profile: true, Rows: 14720, Created: dec, Updated: jan,
				Tags: map[string][]string{"unifiedProfile": {"isUpsert:true", "enabled: true"}, "unifiedIdentity": {"enabled:false"}, "x": {"one"}}}},
		{"batches, newest first", `{"a":{"status":"success","created":1766822400000,"relatedObjects":[{"type":"dataSet","id":"66f0"}],"recordCount":5,"metrics":{"recordsFailed":2}},"b":{"created":1767225600000,"errors":[{"code":7,"description":"x"}]}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Batches.List(ctx, "dev", BatchesRequest{}) },
			[]Batch{{ID: "b", Created: jan, Errors: []BatchError{{"7", "x"}}}, {ID: "a", Dataset: "66f0", Status: "success", Records: 5, Failed: 2, Created: dec}}},
		{"last batches", `{"66f0":{"lastBatchId":"01J9","lastBatchStatus":"failure","lastSuccessfulBatchId":"01J8","updated":1767225600000}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Batches.Last(ctx, "dev") },
			[]LastBatch{{"66f0", "01J9", "failure", "01J8", "", jan}}},
		{"segment", `{"id":"0c7c","name":"Big","schema":{"name":"_xdm.context.profile"},"mergePolicyId":"5f","expression":{"type":"PQL","format":"pql/text","value":"a > 4"},
			"evaluationInfo":{"batch":{"enabled":true},"continuous":{"enabled":false}},"creationTime":1766822400000,"updateTime":9,"updateEpoch":1767225600}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Segments.Get(ctx, "dev", "0c7c") },
			&Segment{ID: "0c7c", Name: "Big", Schema: "_xdm.context.profile", Format: "pql/text", Expression: "a > 4", MergePolicyID: "5f", Batch: true, Created: dec, Updated: jan}},
		{"audience with the epoch in microseconds", `{"id":"u","audienceId":"own","lifecycle":"active","namespace":"AAM","creationTime":1766822400000000,"updateTime":0,"labels":["core/C1"]}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Audiences.Get(ctx, "dev", "u") },
			&Audience{ID: "u", AudienceID: "own", State: "active", Namespace: "AAM", Labels: []string{"core/C1"}, Created: dec}},
		{"computed attributes of the documents", `{"computedAttributes":[{"id":"b7","name":"spend30d","keepCurrent":true,"expression":{"value":"x"},"mergeFunction":{"value":"SUM"},"status":"PROCESSED",
			"duration":{"count":1,"unit":"MONTHS"},"lastEvaluationTs":"2026-03-01T03:21:40.000","createEpoch":1766822400,"updateEpoch":1767225600000}],"_page":{"totalCount":27}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Attributes.List(ctx, "dev", 0, 40) },
			&AttributesPage{[]Attribute{{ID: "b7", Name: "spend30d", FastRefresh: true, Expression: "x", Merge: "SUM", Status: "PROCESSED", Count: 1, Unit: "MONTHS", Evaluated: mar1, Created: dec, Updated: jan}}, 27}},
		{"computed attributes of the reference", `{"_page":{"totalCount":4,"pageSize":20},"children":[{"id":"1","status":{"type":"PUBLISHED","job":"NOT_STARTED"}},{"id":"2","status":{"type":"PUBLISHED","job":"ENABLED"}},{"id":"3","status":{"type":"DRAFT"},"lastEvaluationTs":""},{"id":"4","status":{"type":"PUBLISHED","job":"PAUSED"}}],"_links":{"next":{}}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Attributes.List(ctx, "dev", 0, 0) },
			&AttributesPage{[]Attribute{{ID: "1", Status: "NEW"}, {ID: "2", Status: "PROCESSED"}, {ID: "3", Status: "DRAFT"}, {ID: "4", Status: "PAUSED"}}, 4}},
		{"export jobs", `{"records":[{"id":40127,"status":"FAILED","destination":{"dataSetId":"670a","batchId":"01JA"},"mergePolicy":{"id":"5f"},"filter":{"segments":[{"segmentId":"0c7c"}]},"computeGatewayJobId":"",
			"metrics":{"totalExportedProfileCounter":11542},"errors":[{"code":500,"msg":"m"}],"creationTime":1766822400000,"updateTime":1767225600000},{"id":"40126","metrics":{}}],"page":{"pageSize":2},"link":{"next":"/export/jobs/?limit=2&offset=1767226020000_40126"}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.ExportJobs.List(ctx, "dev", "", 2) },
			&ExportJobsPage{[]ExportJob{{ID: "40127", Status: "FAILED", Dataset: "670a", Batch: "01JA", MergePolicyID: "5f", Audiences: []string{"0c7c"}, Profiles: 11542, Errors: []JobError{{"500", "m"}}, Created: dec, Updated: jan}, {ID: "40126"}}, "1767226020000_40126"}},
		{"system jobs on Azure", `{"_page":{"count":100,"next":"K1J"},"children":[{"id":"2f6d","dataSetId":"66f0","jobType":"DELETE","status":"COMPLETED","metrics":"{\"recordsProcessed\":5120,\"timeTakenInSec\":14}","createEpoch":1766822400,"updateEpoch":1767225600}]}`,
			func(ctx context.Context, c *Client) (any, error) { return c.SystemJobs.List(ctx, "dev", 0, 1) },
			&SystemJobsPage{[]SystemJob{{ID: "2f6d", Kind: "DELETE", Dataset: "66f0", Status: "COMPLETED", Records: 5120, Created: dec, Updated: jan}}, true}},
		{"system jobs on AWS", `{"_page":{"pageSize":100,"start":"0","totalCount":2,"next":1},"children":[{"requestId":"91ab","requestType":"TRUNCATE_DATASET","sandbox":{"sandboxName":"prod"},"status":"IN-PROGRESS","properties":{"datasetId":"66f0"},"createdAt":"2026-01-01T00:00:00.000000Z"}]}`,
			func(ctx context.Context, c *Client) (any, error) { return c.SystemJobs.List(ctx, "dev", 0, 1) },
			&SystemJobsPage{[]SystemJob{{ID: "91ab", Kind: "TRUNCATE_DATASET", Dataset: "66f0", Status: "IN-PROGRESS", Sandbox: "prod", Created: jan}}, true}},
		{"system jobs, bare", ` [{"requestId":"91ab","properties":{"batchId":"01J9"}}]`,
			func(ctx context.Context, c *Client) (any, error) { return c.SystemJobs.List(ctx, "dev", 0, 1) },
			&SystemJobsPage{[]SystemJob{{ID: "91ab", Batch: "01J9"}}, false}},
		{"work orders", `{"results":[{"workorderId":"DI-7","action":"identity-delete","createdAt":"2026-01-01T00:00:00.000Z","operationCount":3,"status":"received","productStatusDetails":[{"productName":"Profile Service","productStatus":"waiting","createdAt":"2026-01-01T00:00:00.000000Z"}]}],
			"total":41,"count":1,"_links":{"next":{"href":"https://platform.adobe.io/workorder?page=1&limit=25","templated":false}}}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Hygiene.WorkOrders(ctx, "dev", 0, 1) },
			&WorkOrdersPage{[]WorkOrder{{ID: "DI-7", Action: "identity-delete", Created: jan, Operations: 3, Status: "received", Products: []ProductStatus{{"Profile Service", "waiting", jan}}}}, 41, true}},
		{"expirations", `{"results":[{"ttlId":"SD-9","datasetId":"66f0","status":"pending","expiry":"2026-01-01T00:00:00Z"}],"current_page":0,"total_pages":2,"total_count":2}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Hygiene.Expirations(ctx, "dev", 0, 1) },
			&ExpirationsPage{[]Expiration{{ID: "SD-9", Dataset: "66f0", Status: "pending", Expiry: jan}}, 2, true}},
		{"expirations of old", `{"totalRecords":1,"ttlDetails":[{"datasetId":"66f0"}]}`,
			func(ctx context.Context, c *Client) (any, error) { return c.Hygiene.Expirations(ctx, "dev", 0, 1) },
			&ExpirationsPage{[]Expiration{{Dataset: "66f0"}}, 1, false}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := newPlatform(t, answers(200, tt.body)).client(t)
			got, err := tt.call(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestQuotaKinds(t *testing.T) {
	c, _ := newPlatform(t, answers(200, `{"quotas":[{"name":"datasetExpirationQuota","consumed":3,"quota":75},{"name":"dailyConsumerDeleteIdentitiesQuota","consumed":"1204","quota":1000000},
		{"name":"monthlyConsumerDeleteIdentitiesQuota"},{"name":"expirationDatasetQuota"},{"name":"monthlyUpdatedFieldIdentitiesQuota"}]}`)).client(t)
	got, err := c.Hygiene.Quota(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kinds := names(got, Quota.Kind)
	if diff := cmp.Diff([]string{QuotaExpirations, QuotaDaily, QuotaMonthly, QuotaExpirations, ""}, kinds); diff != "" {
		t.Errorf("kinds (-want +got):\n%s", diff)
	}
	if got[1].Consumed != 1204 || got[1].Limit != 1000000 {
		t.Errorf("daily quota = %+v", got[1])
	}
}

func TestSandboxesFallBackToTheWholeList(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/sandboxes") {
			answers(200, `{"sandboxes":[{"name":"dev","state":"active"},{"name":"old","state":"resetting"}]}`)(w, r)
			return
		}
		answers(404, ``)(w, r)
	})
	c, _ := p.client(t)
	got, err := c.Sandboxes.List(t.Context())
	if err != nil || len(got) != 1 || got[0].Name != "dev" {
		t.Errorf("List = %v, %v; want dev", got, err)
	}
}

func TestGraphFallsBackToClusters(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/v2/graph") {
			answers(404, `{"error_code":"404001"}`)(w, r)
			return
		}
		answers(200, `{"clusters":[{"compositeXid":{"namespace":"email","id":"r"},"members":[{"namespace":"email","id":"r"},{"namespace":"ECID","id":"7"}]}]}`)(w, r)
	})
	c, _ := p.client(t)
	got, err := c.Identities.Graph(t.Context(), "dev", []Identity{{"email", "r"}})
	want := []Graph{{Identity: Identity{"email", "r"}, Members: []Member{{Identity: Identity{"email", "r"}}, {Identity: Identity{"ECID", "7"}}}}}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Graph: %v (-want +got):\n%s", err, diff)
	}
	reqs := p.requests()
	if len(reqs) != 2 || reqs[1].body != `{"compositeXidsWithNamespace":[{"namespace":"email","id":"r"}],"graph-type":"pdg"}` {
		t.Errorf("requests = %+v", reqs)
	}
	if reqs[0].body != `{"composite_xids":[{"ns":"email","id":"r"}],"projection_type":"graph","require_edge_meta_data":true}` {
		t.Errorf("graph request = %s", reqs[0].body)
	}
}

func TestGraphTakesOneFormOfIdentity(t *testing.T) {
	c, _ := newPlatform(t, answers(200, `{}`)).client(t)
	if _, err := c.Identities.Graph(t.Context(), "dev", []Identity{rosa, {ID: "Blv"}}); !isErr(err, ErrBadArgument) {
		t.Errorf("err = %v, want ErrBadArgument", err)
	}
	if _, err := c.Identities.XID(t.Context(), "dev", Identity{ID: "x"}); !isErr(err, ErrBadArgument) {
		t.Errorf("XID without namespace: err = %v, want ErrBadArgument", err)
	}
}

func TestIdentityHasAHostOfItsOwn(t *testing.T) {
	regional := newPlatform(t, answers(200, `[]`))
	p := newPlatform(t, answers(200, `{}`))
	c, _ := p.client(t, func(cfg *Config) { cfg.IdentityURL = regional.URL + "/" })
	c.Identities.Namespaces(t.Context(), "dev")
	c.Datasets.List(t.Context(), "dev", false)
	if len(regional.requests()) != 1 || len(p.requests()) != 1 {
		t.Errorf("%d regional, %d other requests; want 1 and 1", len(regional.requests()), len(p.requests()))
	}
}

func TestUnionIsHandedOverAsItIs(t *testing.T) {
	const union = `{"$id":"https://ns.adobe.com/xdm/context/profile__union","properties":{"a":{"type":"string"}},"x":1,"x":2}`
	p := newPlatform(t, answers(200, union+"\n"))
	c, _ := p.client(t)
	got, err := c.Schemas.Union(t.Context(), "dev", ProfileUnion)
	if err != nil || string(got) != union {
		t.Errorf("Union = %s, %v", got, err)
	}
	if a := p.requests()[0].header.Get("Accept"); a != "application/vnd.adobe.xed-full+json; version=1" {
		t.Errorf("Accept = %q: a look-up wants a version", a)
	}
	c, _ = newPlatform(t, answers(200, union[:40])).client(t)
	if _, err := c.Schemas.Union(t.Context(), "dev", ProfileUnion); !errors.Is(err, ErrBadAnswer) {
		t.Errorf("cut off: err = %v, want ErrBadAnswer", err)
	}
}

// On AWS system jobs want the id of the sandbox, which other deployments refuse.
func TestSystemJobsWhereTheIDIsWanted(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/mergePolicies"):
			answers(200, `{"children":[{"id":"a"},{"id":"b","sandbox":{"sandboxId":"6b0d5f1e","sandboxName":"dev"}}]}`)(w, r)
		case r.Header.Get("x-sandbox-id") == "" || r.URL.RawQuery != "":
			answers(400, `{"title":"header missing","status":400}`)(w, r)
		default:
			answers(200, `{"_page":{"next":1},"children":[{"requestId":"91ab"}]}`)(w, r)
		}
	})
	c, _ := p.client(t)
	for range 2 {
		got, err := c.SystemJobs.List(t.Context(), "dev", 0, 10)
		if diff := cmp.Diff(&SystemJobsPage{Jobs: []SystemJob{{ID: "91ab"}}}, got); err != nil || diff != "" {
			t.Errorf("List: %v (-want +got):\n%s", err, diff)
		}
	}
	if got, err := c.SystemJobs.List(t.Context(), "dev", 1, 10); err != nil || len(got.Jobs) != 0 {
		t.Errorf("page 1 = %v, %v; want nothing", got, err)
	}
	reqs := p.requests()
	if len(reqs) != 4 {
		t.Fatalf("%d requests, want 4: refused, policies, by id, by id", len(reqs))
	}
	for i, want := range []string{"", "", "6b0d5f1e", "6b0d5f1e"} {
		if got := reqs[i].header.Get("x-sandbox-id"); got != want {
			t.Errorf("request %d has x-sandbox-id %q, want %q", i, got, want)
		}
	}
}

func TestSystemJobsThatAreRefusedAnyway(t *testing.T) {
	for name, policies := range map[string]string{"no id": `{"children":[]}`, "id does not help": `{"children":[{"id":"b","sandbox":{"sandboxId":"6b0d"}}]}`} {
		p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/mergePolicies") {
				answers(200, policies)(w, r)
				return
			}
			answers(400, `{"title":"no"}`)(w, r)
		})
		c, _ := p.client(t)
		var e *Error
		if _, err := c.SystemJobs.List(t.Context(), "dev", 0, 10); !errors.As(err, &e) || e.Status != 400 || e.Message != "no" {
			t.Errorf("%s: err = %v, want the 400", name, err)
		}
	}
}
