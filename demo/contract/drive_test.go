package contract

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"profiledesk/apiclient"
	"profiledesk/demo/aep"
)

const box = "dev"

// stage is the emulator with a client in front of it, and what passed between.
type stage struct {
	server *aep.Server
	url    string
	client *apiclient.Client
	*recorder
}

func newStage(t *testing.T) *stage {
	t.Helper()
	server := aep.New(aep.Config{Speed: 1000})
	web := httptest.NewServer(server)
	t.Cleanup(web.Close)
	known := server.Credentials()
	s := &stage{server: server, url: web.URL, recorder: &recorder{}}
	var err error
	s.client, err = apiclient.New(apiclient.Config{
		URL: web.URL, IMSURL: web.URL + "/ims", Transport: s.recorder,
		OrgID: known.OrgID, ClientID: known.ClientID, ClientSecret: known.ClientSecret, Scopes: known.Scopes,
		Tries: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.client.Close() })
	return s
}

func email(name string) apiclient.Identity {
	return apiclient.Identity{Namespace: "Email", ID: name + "@example.com"}
}

// call is one use of the client. A call that is refused on purpose names the
// error it must get.
type call struct {
	name string
	want error
	do   func(context.Context, *stage) error
}

// calls use every operation of the client.
var calls = []call{
	{"Sandboxes.List", nil, func(ctx context.Context, s *stage) error { _, err := s.client.Sandboxes.List(ctx); return err }},
	{"Sandboxes.All", nil, func(ctx context.Context, s *stage) error { _, err := s.client.Sandboxes.All(ctx); return err }},
	{"Sandboxes.Get", nil, func(ctx context.Context, s *stage) error { _, err := s.client.Sandboxes.Get(ctx, box); return err }},
	{"Sandboxes.Types", nil, func(ctx context.Context, s *stage) error { _, err := s.client.Sandboxes.Types(ctx); return err }},
	{"Entities.Lookup", nil, func(ctx context.Context, s *stage) error {
		return lookup(ctx, s, email("ana.souza"))
	}},
	{"Entities.Lookup of several", nil, func(ctx context.Context, s *stage) error {
		return lookup(ctx, s, email("ana.souza"), email("both"), email("nobody.at.all"))
	}},
	{"Entities.Lookup beyond 50 identities", nil, func(ctx context.Context, s *stage) error {
		found, err := s.client.Entities.Lookup(ctx, box, apiclient.LookupRequest{Identities: []apiclient.Identity{email("many.ids")}})
		if errors.Is(err, apiclient.ErrTooManyIdentities) || err == nil && len(found.Failed) == 1 {
			return nil
		}
		return errors.Join(err, errors.New("51 identities were not refused"))
	}},
	{"Entities.Lookup in an unknown sandbox", errAny, func(ctx context.Context, s *stage) error {
		_, err := s.client.Entities.Lookup(ctx, "nowhere", apiclient.LookupRequest{Identities: []apiclient.Identity{email("ana.souza")}})
		return err
	}},
	{"Entities.Get", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Entities.Get(ctx, box, email("ana.souza"), apiclient.GetRequest{Fields: []string{"person", "identityMap"}})
		return err
	}},
	{"Entities.Get of nobody", apiclient.ErrNotFound, func(ctx context.Context, s *stage) error {
		_, err := s.client.Entities.Get(ctx, box, email("nobody.at.all"), apiclient.GetRequest{})
		return err
	}},
	{"Entities.Get beyond 50 identities", apiclient.ErrTooManyIdentities, func(ctx context.Context, s *stage) error {
		_, err := s.client.Entities.Get(ctx, box, email("many.ids"), apiclient.GetRequest{})
		return err
	}},
	{"Entities.Events", nil, allEvents},
	{"Identities.Namespaces", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.Namespaces(ctx, box)
		return err
	}},
	{"Identities.Namespace", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.Namespace(ctx, box, 6)
		return err
	}},
	{"Identities.Namespace unknown", apiclient.ErrNotFound, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.Namespace(ctx, box, 987654321)
		return err
	}},
	{"Identities.XID", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.XID(ctx, box, email("ana.souza"))
		return err
	}},
	{"Identities.Graph", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.Graph(ctx, box, []apiclient.Identity{email("ana.souza"), email("nobody.at.all")})
		return err
	}},
	{"Identities.Cluster", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.Cluster(ctx, box, email("ana.souza"))
		return err
	}},
	{"Identities.Clusters", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Identities.Clusters(ctx, box, []apiclient.Identity{email("ana.souza"), email("both")})
		return err
	}},
	{"MergePolicies", nil, func(ctx context.Context, s *stage) error {
		all, err := s.client.MergePolicies.List(ctx, box)
		if err != nil || len(all) == 0 {
			return errors.Join(err, errors.New("no merge policies"))
		}
		_, one := s.client.MergePolicies.Get(ctx, box, all[0].ID)
		_, bulk := s.client.MergePolicies.Bulk(ctx, box, []string{all[0].ID})
		return errors.Join(one, bulk)
	}},
	{"MergePolicies.Get unknown", apiclient.ErrNotFound, func(ctx context.Context, s *stage) error {
		_, err := s.client.MergePolicies.Get(ctx, box, "5f1b7a30-0000-4a55-9e0e-2f5b1f9b7f11")
		return err
	}},
	{"Previews", nil, func(ctx context.Context, s *stage) error {
		var day time.Time
		_, status := s.client.Previews.Status(ctx, box)
		_, datasets := s.client.Previews.Datasets(ctx, box, day)
		_, namespaces := s.client.Previews.Namespaces(ctx, box, day)
		_, overlap := s.client.Previews.DatasetOverlap(ctx, box, day)
		_, other := s.client.Previews.NamespaceOverlap(ctx, box, day)
		_, unknown := s.client.Previews.Unknown(ctx, box)
		return errors.Join(status, datasets, namespaces, overlap, other, unknown)
	}},
	{"Previews.Datasets of a day without a report", apiclient.ErrNotFound, func(ctx context.Context, s *stage) error {
		_, err := s.client.Previews.Datasets(ctx, box, time.Date(2019, 1, 1, 0, 0, 0, 0, time.UTC))
		return err
	}},
	{"Datasets and batches", nil, datasetsAndBatches},
	{"Datasets.Get unknown", apiclient.ErrNotFound, func(ctx context.Context, s *stage) error {
		_, err := s.client.Datasets.Get(ctx, box, "000000000000000000000000")
		return err
	}},
	{"Schemas", nil, func(ctx context.Context, s *stage) error {
		_, stats := s.client.Schemas.Stats(ctx, box)
		_, unions := s.client.Schemas.Unions(ctx, box)
		_, profile := s.client.Schemas.Union(ctx, box, "_xdm.context.profile__union")
		_, events := s.client.Schemas.Union(ctx, box, "_xdm.context.experienceevent__union")
		return errors.Join(stats, unions, profile, events)
	}},
	{"Schemas.Schema", nil, func(ctx context.Context, s *stage) error {
		all, err := s.client.Datasets.List(ctx, box, true)
		if err != nil || len(all) == 0 {
			return errors.Join(err, errors.New("no datasets"))
		}
		_, err = s.client.Schemas.Schema(ctx, box, all[0].Schema)
		return err
	}},
	{"Segments", nil, func(ctx context.Context, s *stage) error {
		all, err := s.client.Segments.List(ctx, box)
		if err != nil || len(all) == 0 {
			return errors.Join(err, errors.New("no segment definitions"))
		}
		_, one := s.client.Segments.Get(ctx, box, all[0].ID)
		_, bulk := s.client.Segments.Bulk(ctx, box, []string{all[0].ID})
		return errors.Join(one, bulk)
	}},
	{"Audiences", nil, func(ctx context.Context, s *stage) error {
		all, err := s.client.Audiences.List(ctx, box)
		if err != nil || len(all) == 0 {
			return errors.Join(err, errors.New("no audiences"))
		}
		_, one := s.client.Audiences.Get(ctx, box, all[0].ID)
		_, bulk := s.client.Audiences.Bulk(ctx, box, []string{all[0].ID})
		return errors.Join(one, bulk)
	}},
	{"Audiences.Get unknown", apiclient.ErrNotFound, func(ctx context.Context, s *stage) error {
		_, err := s.client.Audiences.Get(ctx, box, "0c7c2d0e-0000-4f1c-9b2f-6f0a8c5d1e22")
		return err
	}},
	{"Attributes.List", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.Attributes.List(ctx, box, 0, 20)
		return err
	}},
	{"ExportJobs.List", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.ExportJobs.List(ctx, box, "", 20)
		return err
	}},
	{"SystemJobs.List", nil, func(ctx context.Context, s *stage) error {
		_, err := s.client.SystemJobs.List(ctx, box, 0, 20)
		return err
	}},
	{"Hygiene", nil, func(ctx context.Context, s *stage) error {
		_, quota := s.client.Hygiene.Quota(ctx)
		_, orders := s.client.Hygiene.WorkOrders(ctx, box, 0, 25)
		_, ends := s.client.Hygiene.Expirations(ctx, box, 0, 25)
		return errors.Join(quota, orders, ends)
	}},
}

// errAny is any error at all.
var errAny = errors.New("any error")

func lookup(ctx context.Context, s *stage, ids ...apiclient.Identity) error {
	_, err := s.client.Entities.Lookup(ctx, box, apiclient.LookupRequest{Identities: ids})
	return err
}

// allEvents pages through the events of one person, from both ends.
func allEvents(ctx context.Context, s *stage) error {
	for _, newest := range []bool{false, true} {
		req := apiclient.EventsRequest{Identity: email("ana.souza"), Limit: 5, Newest: newest}
		for range 3 {
			page, err := s.client.Entities.Events(ctx, box, req)
			if err != nil {
				return err
			}
			if len(page.Next) == 0 {
				break
			}
			req.Next = page.Next
		}
	}
	return nil
}

func datasetsAndBatches(ctx context.Context, s *stage) error {
	all, err := s.client.Datasets.List(ctx, box, false)
	if err != nil || len(all) == 0 {
		return errors.Join(err, errors.New("no datasets"))
	}
	_, one := s.client.Datasets.Get(ctx, box, all[0].ID)
	batches, err := s.client.Batches.List(ctx, box, apiclient.BatchesRequest{})
	if err != nil || len(batches) == 0 {
		return errors.Join(one, err, errors.New("no batches"))
	}
	_, batch := s.client.Batches.Get(ctx, box, batches[0].ID)
	_, last := s.client.Batches.Last(ctx, box)
	return errors.Join(one, batch, last)
}

// drive makes every call and returns what passed between client and emulator.
func drive(t *testing.T) []exchange {
	t.Helper()
	s := newStage(t)
	for _, c := range calls {
		s.during(c.name, func() {
			err := c.do(t.Context(), s)
			switch {
			case c.want == nil && err != nil:
				t.Errorf("%s: %v", c.name, err)
			case c.want == errAny && err == nil, c.want != nil && c.want != errAny && !errors.Is(err, c.want):
				t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			}
		})
	}
	for _, flavour := range []string{`{"system_jobs":"aws"}`, `{"ca_list":"spec","ca_status":"object"}`, `{"export_ids":"string"}`} {
		s.flip(t, flavour)
		s.during("flavour "+flavour, func() {
			_, jobs := s.client.SystemJobs.List(t.Context(), box, 0, 20)
			_, attributes := s.client.Attributes.List(t.Context(), box, 0, 20)
			_, exports := s.client.ExportJobs.List(t.Context(), box, "", 20)
			if err := errors.Join(jobs, attributes, exports); err != nil {
				t.Errorf("%s: %v", flavour, err)
			}
		})
	}
	return s.kept
}

// flip sets switches of the emulator.
func (s *stage) flip(t *testing.T, body string) {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPut, "/switches", strings.NewReader(body))
	got := httptest.NewRecorder()
	s.server.Control().ServeHTTP(got, req)
	if got.Code != http.StatusOK {
		t.Fatalf("PUT /switches %s: %d %s", body, got.Code, got.Body)
	}
}

func TestClientUsesEveryOperationItNames(t *testing.T) {
	named := clientOperations(t)
	used := map[operation]bool{}
	for _, x := range drive(t) {
		if o, ok := find(named, x.request.Method, x.request.URL.EscapedPath()); ok {
			used[o] = true
		} else if x.request.URL.Path != "/ims/token/v3" {
			t.Errorf("%s: %s %s is in no //aep:operation line", x.by, x.request.Method, x.request.URL.EscapedPath())
		}
	}
	for _, o := range named {
		if !used[o] {
			t.Errorf("%s is named by the client and driven by no call here", o)
		}
	}
}

func TestEveryRequestCarriesTheGatewaysHeaders(t *testing.T) {
	for _, x := range drive(t) {
		if x.request.URL.Path == "/ims/token/v3" {
			continue
		}
		for _, name := range []string{"Authorization", "X-Api-Key", "X-Gw-Ims-Org-Id"} {
			if x.request.Header.Get(name) == "" {
				t.Errorf("%s: %s %s lacks %s", x.by, x.request.Method, x.request.URL.EscapedPath(), name)
			}
		}
		if strings.Contains(x.request.URL.RawQuery, "example.com") && !strings.HasPrefix(x.by, "Entities.Get") && x.request.URL.Path != "/data/core/identity/identity" && x.request.URL.Path != "/data/core/identity/cluster/members" {
			t.Errorf("%s: a query names a person", x.by)
		}
		if len(x.sent) > 0 && !json.Valid(x.sent) {
			t.Errorf("%s: the body is not JSON", x.by)
		}
	}
}
