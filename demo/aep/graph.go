package aep

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
)

const (
	maxGraphs = 1000 // identities in one graph or cluster request
	graphType = "application/json;version=2.2.1;charset=utf-8"
)

// form is how a request names identities; answers mirror it.
type form int

const (
	byCode form = iota
	byNumber
	byXID
)

type compositeXID struct {
	NS   string `json:"ns"`
	NSID *int   `json:"nsid"`
	ID   string `json:"id"`
}

// composites takes an array, and a single object as one client sends it.
type composites []compositeXID

func (l *composites) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		*l = make(composites, 1)
		return json.Unmarshal(data, &(*l)[0])
	}
	return json.Unmarshal(data, (*[]compositeXID)(l))
}

type graphRequest struct {
	Composites composites `json:"composite_xids"`
	Singular   composites `json:"composite_xid"`
	XIDs       []string   `json:"xids"`
	Projection string     `json:"projection_type"`
	EdgeMeta   bool       `json:"require_edge_meta_data"`
}

// asked is one identity of a graph request.
type asked struct {
	key   identityKey
	text  string // the XID as it came
	form  form
	known bool // names an identity at all
}

// graph is POST /identity/v2/graph.
func (c *call) graph() answer {
	if c.sw.Graph == "cluster" {
		return gatewayError("404001", "Resource not found")
	}
	var in graphRequest
	if err := json.Unmarshal(c.body, &in); err != nil {
		return c.graphError("Graph Request Invalid - the body is not valid JSON of the expected form.")
	}
	if in.Composites == nil {
		in.Composites = in.Singular
	}
	if in.Projection != "graph" && in.Projection != "set" {
		return identityError(http.StatusBadRequest, "InvalidInput", "Graph Request Invalid - projection_type must be one of [graph|set].")
	}
	if (in.Composites == nil) == (in.XIDs == nil) {
		return c.graphError("Graph Request Invalid - exactly one of composite_xids and xids is required.")
	}
	if n := len(in.Composites) + len(in.XIDs); n < 1 || n > maxGraphs {
		return c.graphError("Graph Request Invalid - 1 to 1000 identities are supported.")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	graphs, left := []object{}, []any{}
	for _, a := range in.asked() {
		n := c.box.find(a.key)
		if n == nil || !a.known {
			left = append(left, a.echo())
			continue
		}
		g := object{compositeName("", a.form): a.form.show(n.identityKey)}
		members := c.box.cluster(n)
		if in.Projection == "set" {
			var all []any
			for _, m := range members {
				all = append(all, a.form.show(m.identityKey))
			}
			g["members"] = all
		} else {
			g["vertices"], g["edges"] = c.box.drawing(members, a.form, in.EdgeMeta)
		}
		graphs = append(graphs, g)
	}
	return reply(http.StatusOK, object{
		"version": "2.0", "graphs": graphs, compositeName("unprocessed_", formOf(in)) + "s": left, "algo_type": "STITCH_ALL",
	}).with("Content-Type", graphType)
}

func formOf(in graphRequest) form {
	if in.XIDs != nil {
		return byXID
	}
	return byCode
}

func (in graphRequest) asked() []asked {
	var out []asked
	for _, x := range in.XIDs {
		key, ok := readXID(x)
		out = append(out, asked{key: key, text: x, form: byXID, known: ok})
	}
	for _, x := range in.Composites {
		out = append(out, askedFor(x))
	}
	return out
}

func askedFor(x compositeXID) asked {
	a := asked{form: byCode, key: identityKey{id: x.ID}, text: x.NS}
	if x.NSID != nil && x.NS == "" {
		a.form = byNumber
		a.key.ns, a.known = namespaceByID(*x.NSID)
		return a
	}
	a.key.ns, a.known = namespaceOf(x.NS)
	return a
}

// echo names an identity that was not processed as it was asked for.
func (a asked) echo() any {
	switch {
	case a.form == byXID:
		return a.text
	case a.form == byNumber && a.known:
		return object{"nsid": namespaces[a.key.ns].ID, "id": a.key.id}
	}
	return object{"ns": a.text, "id": a.key.id}
}

// show writes an identity in the form of the request.
func (f form) show(k identityKey) any {
	switch f {
	case byXID:
		return makeXID(k)
	case byNumber:
		return object{"nsid": namespaces[k.ns].ID, "id": k.id}
	}
	return object{"ns": namespaces[k.ns].short, "id": k.id}
}

func compositeName(prefix string, f form) string {
	if f == byXID {
		return prefix + "xid"
	}
	return prefix + "composite_xid"
}

// drawing is the vertices and edges of a graph. Links that say the same of two
// identities, from several datasets, are one edge.
func (b *sandbox) drawing(members []*identity, f form, meta bool) (vertices, edges []object) {
	vertices, edges = []object{}, []object{}
	for _, n := range members {
		last := int64(0)
		joined := map[*identity][]*link{}
		var others []*identity
		for _, l := range n.links {
			last = max(last, l.last)
			if l.a == n {
				if joined[l.b] == nil {
					others = append(others, l.b)
				}
				joined[l.b] = append(joined[l.b], l)
			}
		}
		vertices = append(vertices, object{compositeName("", f): f.show(n.identityKey), "last_updated_ts": last})
		for _, o := range others {
			edges = append(edges, b.edge(n, o, joined[o], f, meta))
		}
	}
	return vertices, edges
}

func (b *sandbox) edge(n, o *identity, links []*link, f form, meta bool) object {
	first, last := links[0].first, links[0].last
	var datasets, batches []string
	for _, l := range links {
		first, last = min(first, l.first), max(last, l.last)
		datasets = appendNew(datasets, b.datasets[l.dataset].id)
		batches = appendNew(batches, b.batches[l.batch].id)
	}
	slices.Sort(datasets)
	e := object{
		compositeName("", f) + "_pair": []any{f.show(n.identityKey), f.show(o.identityKey)},
		"first_established_ts":         first, "last_established_ts": last,
	}
	if meta {
		e["dataset_ids"], e["batch_ids"] = datasets, batches
	}
	return e
}
