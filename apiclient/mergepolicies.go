package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	listPolicies = endpoint{http.MethodGet, "/data/core/ups/config/mergePolicies"}
	getPolicy    = endpoint{http.MethodGet, "/data/core/ups/config/mergePolicies/{id}"}
	postPolicies = endpoint{http.MethodPost, "/data/core/ups/config/mergePolicies/bulk-get"}
)

// MergePolicy says how the fragments of a person become one profile.
type MergePolicy struct {
	ID        string
	Name      string
	Schema    string   // "_xdm.context.profile"
	Stitch    string   // identity graph: "pdg", or "none" for no stitching
	Merge     string   // "timestampOrdered" or "dataSetPrecedence"
	Order     []string // datasets by precedence; one that is not listed is not merged at all
	Default   bool     // for its schema
	OnEdge    bool
	Version   int64
	Updated   time.Time
	Sandbox   string // name, if the platform says it
	SandboxID string // if the platform says it
}

type policyWire struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	Schema   schemaName `json:"schema"`
	Identity struct {
		Type string `json:"type"`
	} `json:"identityGraph"`
	Merge struct {
		Type  string   `json:"type"`
		Order []string `json:"order"`
	} `json:"attributeMerge"`
	Default bool      `json:"default"`
	OnEdge  bool      `json:"isActiveOnEdge"`
	Version int64     `json:"version"`
	Updated time.Time `json:"updateEpoch"` // seconds
	Sandbox struct {
		Name string `json:"sandboxName"`
		ID   string `json:"sandboxId"`
	} `json:"sandbox"`
}

func (w policyWire) policy() MergePolicy {
	return MergePolicy{
		ID: w.ID, Name: w.Name, Schema: w.Schema.Name, Stitch: w.Identity.Type, Merge: w.Merge.Type, Order: w.Merge.Order,
		Default: w.Default, OnEdge: w.OnEdge, Version: w.Version, Updated: w.Updated, Sandbox: w.Sandbox.Name, SandboxID: w.Sandbox.ID,
	}
}

// List returns all merge policies of the sandbox, page after page.
//
// Source: Profile API reference, "Merge policies", "List merge policies".
//
//aep:operation GET /data/core/ups/config/mergePolicies
func (s *MergePoliciesService) List(ctx context.Context, sandbox string) ([]MergePolicy, error) {
	return collect(listPolicies.op(), func(token string) (page[MergePolicy], error) {
		q := queryOf("?" + token)
		if token == "" {
			q = url.Values{"limit": {"100"}}
		}
		r := &request{endpoint: listPolicies, sandbox: sandbox, query: q}
		var in struct {
			Children []policyWire `json:"children"`
			Links    struct {
				Next link `json:"next"`
			} `json:"_links"`
		}
		p := page[MergePolicy]{}
		if err := s.c.get(ctx, r, &in); err != nil {
			return p, err
		}
		for _, w := range in.Children {
			p.items = append(p.items, w.policy())
		}
		p.next = queryOf(in.Links.Next.Href).Encode() // "@/mergePolicies?start=…"
		return p, nil
	})
}

// Get returns one merge policy, or [ErrNotFound].
//
// Source: Profile API reference, "Merge policies", "Access a merge policy".
//
//aep:operation GET /data/core/ups/config/mergePolicies/{id}
func (s *MergePoliciesService) Get(ctx context.Context, sandbox, id string) (*MergePolicy, error) {
	var in policyWire
	if err := s.c.get(ctx, &request{endpoint: getPolicy, sandbox: sandbox, ids: []string{id}}, &in); err != nil {
		return nil, err
	}
	p := in.policy()
	return &p, nil
}

// Bulk returns those of the merge policies named by ids that exist, by id.
//
// Source: Profile API reference, "Merge policies", "Retrieve multiple merge policies".
//
//aep:operation POST /data/core/ups/config/mergePolicies/bulk-get
func (s *MergePoliciesService) Bulk(ctx context.Context, sandbox string, ids []string) (map[string]MergePolicy, error) {
	all, err := bulk[policyWire](ctx, s.c, postPolicies, sandbox, ids)
	found := map[string]MergePolicy{}
	for id, w := range all {
		found[id] = w.policy()
	}
	return found, err
}

type idsBody struct {
	IDs []idBody `json:"ids"`
}

type idBody struct {
	ID string `json:"id"`
}

// bulkLimit is how many ids one bulk call may name.
const bulkLimit = 100

// bulk asks for several things by id, a hundred at a time. The platform answers
// 207 even when all is well; what it answers with an error for is left out. On an
// error of the call itself, what came before is returned beside it.
func bulk[W any](ctx context.Context, c *Client, e endpoint, sandbox string, ids []string) (map[string]W, error) {
	found := map[string]W{}
	for len(ids) > 0 {
		n := min(len(ids), bulkLimit)
		r := &request{endpoint: e, sandbox: sandbox}
		body := idsBody{}
		for _, id := range ids[:n] {
			body.IDs = append(body.IDs, idBody{id})
		}
		ids = ids[n:]
		var in struct {
			Results map[string]jsontext.Value `json:"results"`
		}
		if err := c.ask(ctx, r, body, &in); err != nil {
			return found, err
		}
		for id, v := range in.Results {
			var has idBody
			var w W
			if json.Unmarshal(v, &has, lenient) == nil && has.ID != "" && json.Unmarshal(v, &w, lenient) == nil {
				found[id] = w
			}
		}
	}
	return found, nil
}
