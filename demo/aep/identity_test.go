package aep

import (
	"fmt"
	"strings"
	"testing"
)

type graphAnswer struct {
	Graphs []struct {
		CompositeXID map[string]any `json:"composite_xid"`
		XID          string         `json:"xid"`
		Members      []any          `json:"members"`
		Vertices     []map[string]any
		Edges        []map[string]any
	} `json:"graphs"`
	Left     []any `json:"unprocessed_composite_xids"`
	LeftXIDs []any `json:"unprocessed_xids"`
}

const graphPath = "/data/core/identity/v2/graph"

func TestGraphMirrorsTheRequest(t *testing.T) {
	r := newRig(t, Config{})
	xid := makeXID(identityKey{nsEmail, "ana.souza@example.com"})
	for _, tt := range []struct {
		name string
		body object
		keys string // of one vertex's identity
	}{
		{"ns", object{"composite_xids": []object{{"ns": "EMAIL", "id": "ana.souza@example.com"}, {"ns": "Email", "id": "nobody@example.com"}}}, "id ns"},
		{"nsid", object{"composite_xids": []object{{"nsid": 6, "id": "ana.souza@example.com"}, {"nsid": 6, "id": "nobody@example.com"}}}, "id nsid"},
		{"xid", object{"xids": []string{xid, makeXID(identityKey{nsEmail, "nobody@example.com"})}}, ""},
		{"singular", object{"composite_xid": object{"ns": "email", "id": "ana.souza@example.com"}}, "id ns"},
	} {
		tt.body["projection_type"], tt.body["require_edge_meta_data"] = "graph", true
		var out graphAnswer
		if got := r.call("POST", graphPath, tt.body, &out); got != 200 || len(out.Graphs) != 1 {
			t.Fatalf("%s = %d %+v", tt.name, got, out)
		}
		if n := len(out.Left) + len(out.LeftXIDs); n != 1 && tt.name != "singular" {
			t.Errorf("%s: %d identities are left over, want 1", tt.name, n)
		}
		g := out.Graphs[0]
		if len(g.Vertices) != 6 || len(g.Edges) != 5 {
			t.Errorf("%s: %d vertices and %d edges, want 6 and 5", tt.name, len(g.Vertices), len(g.Edges))
		}
		pair := "composite_xid_pair"
		if tt.keys == "" {
			pair = "xid_pair"
		} else if got := strings.Join(sortedKeys(g.Vertices[0]["composite_xid"].(map[string]any)), " "); got != tt.keys {
			t.Errorf("%s: identities have %q, want %q", tt.name, got, tt.keys)
		}
		want := strings.Join([]string{"batch_ids", pair, "dataset_ids", "first_established_ts", "last_established_ts"}, " ")
		if got := strings.Join(sortedKeys(g.Edges[0]), " "); got != want && got != strings.Replace(want, pair+" dataset_ids first_established_ts last_established_ts", "dataset_ids first_established_ts last_established_ts "+pair, 1) {
			t.Errorf("%s: edges have %q", tt.name, got)
		}
	}
}

func TestGraphOfEmptyAndOfTooMany(t *testing.T) {
	r := newRig(t, Config{})
	for id, want := range map[string]int{"empty@example.com": 2, "many.ids@example.com": 51} {
		var out graphAnswer
		r.call("POST", graphPath, object{"projection_type": "set", "composite_xids": []object{{"ns": "Email", "id": id}}}, &out)
		if len(out.Graphs) != 1 || len(out.Graphs[0].Members) != want {
			t.Errorf("%s: %+v, want %d members", id, out.Graphs, want)
		}
	}
}

func TestWrongGraphRequests(t *testing.T) {
	r := newRig(t, Config{})
	var many []object
	for i := range 1001 {
		many = append(many, object{"ns": "Email", "id": fmt.Sprint(i)})
	}
	for name, body := range map[string]any{
		"both forms": object{"xids": []string{"a"}, "composite_xids": many[:1], "projection_type": "set"},
		"neither":    object{"projection_type": "set"}, "empty": object{"xids": []string{}, "projection_type": "set"},
		"too many":      object{"composite_xids": many, "projection_type": "set"},
		"no projection": object{"composite_xids": many[:1]}, "not JSON": "{",
	} {
		if got := r.call("POST", graphPath, body, nil); got != 400 {
			t.Errorf("%s = %d, want 400", name, got)
		}
	}
}

func TestClusterMembers(t *testing.T) {
	r := newRig(t, Config{})
	xid := makeXID(identityKey{nsEmail, "ana.souza@example.com"})
	type clusters struct {
		Clusters []struct{ Members []any }
		Left     []any `json:"unprocessedRecords"`
	}
	for _, query := range []string{"xid=" + xid, "namespace=email&id=ana.souza@example.com&graph-type=pdg", "nsid=6&id=ana.souza@example.com", "nsId=6&id=ana.souza@example.com", "ns=Email&id=ana.souza@example.com"} {
		var out clusters
		if got := r.call("GET", "/data/core/identity/cluster/members?"+query, nil, &out); got != 200 || len(out.Clusters) != 1 || len(out.Clusters[0].Members) != 6 {
			t.Errorf("%s = %d %+v", query, got, out)
		}
	}
	for _, body := range []any{
		object{"xids": []string{xid, "x"}},
		object{"compositeXids": []object{{"nsid": 6, "id": "ana.souza@example.com"}, {"nsid": "6", "id": "nobody"}}},
		object{"compositeXids": []object{{"namespace": "Email", "id": "ana.souza@example.com"}, {"namespace": "Nope", "id": "a"}}},
		[]object{{"compositeXidsWithNamespace": []object{{"namespace": "Email", "id": "ana.souza@example.com"}, {"namespace": "Email", "id": "nobody"}}}},
	} {
		var out clusters
		if got := r.call("POST", "/data/core/identity/clusters/members", body, &out); got != 200 || len(out.Clusters) != 1 || len(out.Left) != 1 {
			t.Errorf("%v = %d %+v", body, got, out)
		}
	}
}

func TestXIDOfAnybody(t *testing.T) {
	r := newRig(t, Config{})
	var a, b struct{ XID string }
	r.call("GET", "/data/core/identity/identity?namespace=email&id=nobody@example.com", nil, &a)
	r.call("GET", "/data/core/identity/identity?nsid=6&id=nobody@example.com", nil, &b)
	if a.XID == "" || a.XID != b.XID || strings.Contains(a.XID, "nobody") {
		t.Errorf("XIDs %q and %q, want equal ones that say nothing", a.XID, b.XID)
	}
}
