package aep

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestEveryListEnds pages through each list in Adobe's way and counts.
func TestEveryListEnds(t *testing.T) {
	r := newRig(t, Config{})
	const ups = "/data/core/ups"
	ids := func(list any, key string) (out []string) {
		for _, o := range list.([]any) {
			out = append(out, fmt.Sprint(o.(map[string]any)[key]))
		}
		return out
	}
	for _, tt := range []struct {
		name, first string
		want        int
		read        func(o map[string]any, page int) (ids []string, next string)
	}{
		{"merge policies", ups + "/config/mergePolicies?limit=2", 5, func(o map[string]any, _ int) ([]string, string) {
			href := dig2(o, "_links", "next", "href").(string)
			if href == "" {
				return ids(o["children"], "id"), ""
			}
			return ids(o["children"], "id"), ups + "/config/mergePolicies?" + strings.TrimPrefix(href, "@/mergePolicies?")
		}},
		{"sandboxes", "/data/foundation/sandbox-management/?limit=2&offset=0", 3, func(o map[string]any, page int) ([]string, string) {
			if dig2(o, "_links", "next") == nil {
				return ids(o["sandboxes"], "name"), ""
			}
			return ids(o["sandboxes"], "name"), fmt.Sprintf("/data/foundation/sandbox-management/?limit=2&offset=%d", 2*(page+1))
		}},
		{"segment definitions", ups + "/segment/definitions?limit=7", 20, func(o map[string]any, page int) ([]string, string) {
			if float64(page+1) >= dig2(o, "page", "totalPages").(float64) {
				return ids(o["segments"], "id"), ""
			}
			return ids(o["segments"], "id"), fmt.Sprintf("%s/segment/definitions?limit=7&page=%d", ups, page+1)
		}},
		{"audiences", ups + "/audiences?limit=7", 25, func(o map[string]any, _ int) ([]string, string) {
			next := dig2(o, "_page", "next")
			if next == nil {
				return ids(o["children"], "id"), ""
			}
			return ids(o["children"], "id"), fmt.Sprintf("%s/audiences?limit=7&start=%v", ups, next)
		}},
		{"computed attributes", "/data/core/ca/attributes?limit=7", 18, func(o map[string]any, page int) ([]string, string) {
			if len(o["computedAttributes"].([]any)) < 7 {
				return ids(o["computedAttributes"], "id"), ""
			}
			return ids(o["computedAttributes"], "id"), fmt.Sprintf("/data/core/ca/attributes?limit=7&offset=%d", 7*(page+1))
		}},
		{"export jobs", ups + "/export/jobs?limit=5", 12, func(o map[string]any, _ int) ([]string, string) {
			next := dig2(o, "link", "next").(string)
			if next == "" {
				return ids(o["records"], "id"), ""
			}
			return ids(o["records"], "id"), ups + next
		}},
		{"system jobs", ups + "/system/jobs?limit=4", 6, func(o map[string]any, page int) ([]string, string) {
			if dig2(o, "_page", "next") == nil {
				return ids(o["children"], "id"), ""
			}
			return ids(o["children"], "id"), fmt.Sprintf("%s/system/jobs?limit=4&page=%d", ups, page+1)
		}},
		{"work orders", "/data/core/hygiene/workorder?limit=3", 7, func(o map[string]any, page int) ([]string, string) {
			if dig2(o, "_links", "next") == nil {
				return ids(o["results"], "workorderId"), ""
			}
			return ids(o["results"], "workorderId"), fmt.Sprintf("/data/core/hygiene/workorder?limit=3&page=%d", page+1)
		}},
		{"expirations", "/data/core/hygiene/ttl?limit=1", 2, func(o map[string]any, page int) ([]string, string) {
			if o["current_page"].(float64)+1 >= o["total_pages"].(float64) {
				return ids(o["results"], "ttlId"), ""
			}
			return ids(o["results"], "ttlId"), fmt.Sprintf("/data/core/hygiene/ttl?limit=1&page=%d", page+1)
		}},
		{"datasets", "/data/foundation/catalog/dataSets?limit=5&orderBy=asc:name", 12, func(o map[string]any, page int) ([]string, string) {
			if len(o) < 5 {
				return sortedKeys(o), ""
			}
			return sortedKeys(o), fmt.Sprintf("/data/foundation/catalog/dataSets?limit=5&orderBy=asc:name&start=%d", 5*(page+1))
		}},
		{"batches", "/data/foundation/catalog/batches?limit=15&orderBy=desc:created", 40, func(o map[string]any, page int) ([]string, string) {
			if len(o) < 15 {
				return sortedKeys(o), ""
			}
			return sortedKeys(o), fmt.Sprintf("/data/foundation/catalog/batches?limit=15&orderBy=desc:created&start=%d", 15*(page+1))
		}},
	} {
		seen, target, page := map[string]bool{}, tt.first, 0
		for ; target != "" && page < 20; page++ {
			var o map[string]any
			if got := r.call("GET", target, nil, &o); got != 200 {
				t.Fatalf("%s: %s = %d", tt.name, target, got)
			}
			var found []string
			found, target = tt.read(o, page)
			for _, id := range found {
				if seen[id] {
					t.Errorf("%s: %s comes twice", tt.name, id)
				}
				seen[id] = true
			}
		}
		if len(seen) != tt.want || page >= 20 {
			t.Errorf("%s: %d items on %d pages, want %d", tt.name, len(seen), page, tt.want)
		}
	}
}

func dig2(o map[string]any, path ...string) any {
	var v any = o
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

func TestCatalogFilters(t *testing.T) {
	r := newRig(t, Config{})
	const catalog = "/data/foundation/catalog"
	crm := r.s.box("dev").datasets[dsCRM].id
	for _, tt := range []struct {
		target string
		want   int
	}{
		{"/dataSets?limit=100&tags=unifiedProfile:enabled:true", 10},
		{"/dataSets?limit=100&tags=unifiedProfile:enabled:*", 11},
		{"/dataSets?limit=100&name=Web*", 2},
		{"/dataSets?limit=100&name=!Web*,CRM*", 9},
		{"/dataSets?limit=100&property=" + url.QueryEscape("name~^web|^Web"), 2},
		{"/dataSets?limit=100&property=" + url.QueryEscape("classification.dataBehavior==time-series"), 4},
		{"/dataSets?limit=100&property=!tags.unifiedProfile", 1},
		{"/dataSets?limit=100&property=tags.unifiedProfile&property=lastFailedBatch", 1},
		{"/batches?limit=100&dataSet=" + crm, 4},
		{"/batches?limit=100&status=failed,processing", 2},
		{"/batches?limit=100&createdBefore=1", 0},
		{"/lastBatches?limit=100", 12},
		{"/lastBatches?dataSetId=" + crm, 1},
		{"/dataSets/" + crm, 1},
	} {
		var o map[string]any
		if got := r.call("GET", catalog+tt.target, nil, &o); got != 200 || len(o) != tt.want {
			t.Errorf("%s = %d with %d, want %d", tt.target, got, len(o), tt.want)
		}
	}
	var o map[string]map[string]any
	r.call("GET", catalog+"/dataSets?limit=100&properties=name,tags", nil, &o)
	for id, d := range o {
		if len(d) != 2 || d["id"] != nil {
			t.Errorf("dataset %s with properties=name,tags has %v", id, sortedKeys(d))
		}
	}
	r.call("GET", catalog+"/dataSets?limit=100&properties=nothing", nil, &o)
	if len(o) != 12 {
		t.Errorf("objects without the property are left out: %d", len(o))
	}
	for _, bad := range []string{"?limit=0", "?limit=101", "?limit=x", "?limit=21&properties=observableSchema", "?orderBy=up:name", "?property=name~(", "?start=-1"} {
		if got := r.call("GET", catalog+"/dataSets"+bad, nil, nil); got != 400 {
			t.Errorf("%s = %d, want 400", bad, got)
		}
	}
	w := r.send(r.request("GET", catalog+"/dataSets?limit=3&orderBy=desc:name", nil)).Body.String()
	if a, b := strings.Index(w, `"Web profiles"`), strings.Index(w, `"Web events"`); a < 0 || b < a {
		t.Errorf("orderBy=desc:name is not kept: %d, %d", a, b)
	}
}

func TestReportsAgreeAndStay(t *testing.T) {
	r := newRigOn(t, Config{}, generate(3, testDay.Truncate(24*time.Hour)))
	const preview = "/data/core/ups/previewsamplestatus"
	var status struct{ TotalRows, NumRowsToRead, DocCount, LastSampledTimestamp string }
	r.call("GET", preview, nil, &status)
	if !strings.HasPrefix(status.DocCount, `"`) {
		t.Errorf("docCount = %s, want quotes inside", status.DocCount)
	}
	var overlap struct{ Data map[string]int }
	var rows struct {
		Data []struct {
			Value        string
			FullIDsCount int
		}
		ReportTimestamp string
	}
	for _, kind := range []string{"dataset", "namespace"} {
		r.call("GET", preview+"/report/"+kind+"/overlap", nil, &overlap)
		sum := 0
		for _, n := range overlap.Data {
			sum += n
		}
		if fmt.Sprint(sum) != status.TotalRows {
			t.Errorf("%s overlap adds up to %d, totalRows is %s", kind, sum, status.TotalRows)
		}
		overlap.Data = nil
	}
	r.call("GET", preview+"/report/dataset/overlap", nil, &overlap)
	r.call("GET", preview+"/report/dataset", nil, &rows)
	for _, row := range rows.Data {
		sum := 0
		for key, n := range overlap.Data {
			if strings.Contains(key, row.Value) {
				sum += n
			}
		}
		if sum != row.FullIDsCount {
			t.Errorf("dataset %s: fullIDsCount %d, its overlap keys add up to %d", row.Value, row.FullIDsCount, sum)
		}
	}
	// A change shows only after the next sample.
	b := r.s.box("dev")
	b.mu.Lock()
	b.find(identityKey{nsEmail, "ana.souza@example.com"}).fragments = nil
	b.mu.Unlock()
	before := r.send(r.request("GET", preview+"/report/dataset", nil)).Body.String()
	if got := r.send(r.request("GET", preview+"/report/dataset", nil)).Body.String(); got != before || !strings.Contains(got, rows.ReportTimestamp) {
		t.Error("the report changed without a sample")
	}
	if w := r.control("POST", "/sample", ""); w.Code != 200 {
		t.Fatalf("POST /sample = %d", w.Code)
	}
	if got := r.send(r.request("GET", preview+"/report/dataset", nil)).Body.String(); got == before {
		t.Error("the report did not change with the sample")
	}
	for date, want := range map[string]int{"2001-01-01": 404, testDay.Format("2006-01-02"): 200} {
		if got := r.call("GET", preview+"/report/namespace?date="+date, nil, nil); got != want {
			t.Errorf("date=%s = %d, want %d", date, got, want)
		}
	}
}

func TestSchemaAcceptHeaders(t *testing.T) {
	r := newRig(t, Config{})
	const registry = "/data/foundation/schemaregistry"
	union := registry + "/tenant/unions/_xdm.context.profile__union"
	for _, tt := range []struct {
		target, accept string
		want           int
		has            string
	}{
		{registry + "/stats", "application/json", 200, `"tenantId":"northwind"`},
		{registry + "/tenant/unions", "application/vnd.adobe.xed-id+json", 200, `_xdm.context.experienceevent__union`},
		{registry + "/tenant/unions?property=title~Individual", "application/vnd.adobe.xed+json", 200, `profile__union`},
		{registry + "/tenant/unions", "application/vnd.adobe.xed+json;version=1", 400, "XDM-1006-400"},
		{union, "application/vnd.adobe.xed-full+json", 400, "XDM-1007-400"},
		{union, "application/vnd.adobe.xed-full+json; version=1", 200, `"title":"First name"`},
		{union, "application/vnd.adobe.xdm-full+json;version=1", 200, `"title":"First name"`},
		{union, "application/vnd.adobe.xed+json;version=1", 200, `"allOf"`},
		{union, "text/html", 406, "XDM-1005-406"},
		{registry + "/tenant/unions/" + url.PathEscape(profileUnion), "application/vnd.adobe.xed-full+json;version=1", 200, `spend30d`},
		{registry + "/tenant/unions/none", "application/vnd.adobe.xed-full+json;version=1", 404, "XDM-1010-404"},
		{registry + "/tenant/schemas/" + url.PathEscape(schemaRefs[schemaLoyalty].id), "application/vnd.adobe.xed-full+json;version=1", 200, `"tier"`},
		{registry + "/tenant/schemas", "application/vnd.adobe.xed-id+json", 200, `_northwind.schemas.`},
	} {
		req := r.request("GET", tt.target, nil)
		req.Header.Set("Accept", tt.accept)
		if w := r.send(req); w.Code != tt.want || !strings.Contains(w.Body.String(), tt.has) {
			t.Errorf("%s with %s = %d %.200s, want %d with %s", tt.target, tt.accept, w.Code, w.Body, tt.want, tt.has)
		}
	}
	req := r.request("GET", union, nil)
	req.Header.Set("Accept", "application/vnd.adobe.xed-full-notext+json; version=1")
	if w := r.send(req); strings.Contains(w.Body.String(), "First name") {
		t.Error("notext has titles")
	}
}

func TestFormsBySwitch(t *testing.T) {
	r := newRig(t, Config{})
	for _, tt := range []struct{ switches, target, has string }{
		{`{"ca_list":"docs"}`, "/data/core/ca/attributes", `"computedAttributes":[`},
		{`{"ca_list":"spec"}`, "/data/core/ca/attributes", `"children":[`},
		{`{"ca_status":"object"}`, "/data/core/ca/attributes", `"status":{"job":`},
		{`{"export_ids":"int"}`, "/data/core/ups/export/jobs", `"id":40100,`},
		{`{"export_ids":"string"}`, "/data/core/ups/export/jobs?limit=20", `"id":"40100",`},
		{`{"system_jobs":"azure"}`, "/data/core/ups/system/jobs", `"metrics":"{\"recordsProcessed\":`},
		{`{"system_jobs":"aws"}`, "/data/core/ups/system/jobs", `x-sandbox-id`},
	} {
		r.set(tt.switches)
		if w := r.send(r.request("GET", tt.target+map[bool]string{true: "?limit=20"}[!strings.Contains(tt.target, "?")], nil)); !strings.Contains(w.Body.String(), tt.has) {
			t.Errorf("%s: %s = %d %.300s, want %s", tt.switches, tt.target, w.Code, w.Body, tt.has)
		}
	}
	req := r.request("GET", "/data/core/ups/system/jobs", nil)
	req.Header.Set("x-sandbox-id", "any")
	if w := r.send(req); !strings.Contains(w.Body.String(), `"requestType":"TRUNCATE_DATASET"`) {
		t.Errorf("aws = %d %.300s", w.Code, w.Body)
	}
}

func TestAttributeFilters(t *testing.T) {
	r := newRig(t, Config{})
	count := func(query string) (int, int) {
		var out struct {
			Page struct{ TotalCount int } `json:"_page"`
		}
		code := r.call("GET", "/data/core/ca/attributes?"+query, nil, &out)
		return code, out.Page.TotalCount
	}
	for query, want := range map[string]int{
		"property=name%3Dspend30d": 1, "property=status%3Dcontains(new,draft)": 5, "property=status%3D!contains(new,DRAFT)": 13, "property=status!%3DPROCESSED": 12,
		"property=mergeFunction.value%3DSUM&property=status%3Dprocessed": 3, "property=updateEpoch%3E%3D1": 18, "property=createEpoch%3C%3D1": 0, "sortBy=-name": 18,
	} {
		if code, n := count(query); code != 200 || n != want {
			t.Errorf("%s = %d with %d, want %d", query, code, n, want)
		}
	}
	for _, query := range []string{"limit=41", "limit=0", "sortBy=size", "property=name", "property=color%3Dred", "property=updateEpoch%3Dx"} {
		if code := r.call("GET", "/data/core/ca/attributes?"+query, nil, nil); code != 400 {
			t.Errorf("%s = %d, want 400", query, code)
		}
	}
}

func TestBulkGets(t *testing.T) {
	r := newRig(t, Config{})
	b := r.s.box("dev")
	var out struct{ Results map[string]map[string]any }
	body := func(ids ...string) object {
		var list []object
		for _, id := range ids {
			list = append(list, object{"id": id})
		}
		return object{"ids": list}
	}
	for path, id := range map[string]string{"/config/mergePolicies": b.policies[1].id, "/segment/definitions": b.audiences[2].id, "/audiences": b.audiences[22].audienceID} {
		out.Results = nil
		if got := r.call("POST", "/data/core/ups"+path+"/bulk-get", body(id, "none"), &out); got != 207 || out.Results[id]["id"] == nil {
			t.Errorf("%s/bulk-get = %d %v", path, got, out.Results)
		}
	}
	if got := r.call("POST", "/data/core/ups/audiences/bulk-get", body("none"), nil); got != 404 {
		t.Errorf("bulk-get of none = %d, want 404", got)
	}
	if got := r.call("POST", "/data/core/ups/audiences/bulk-get", body(make([]string, 101)...), nil); got != 400 {
		t.Errorf("bulk-get of 101 = %d, want 400", got)
	}
}
