package apiclient

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// anyRef is an identity in an answer: a text (its XID) or an object whose names
// mirror those of the question.
type anyRef Identity

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (r *anyRef) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		id, err := text(dec)
		*r = anyRef{ID: id}
		return err
	}
	var in struct {
		NS        string `json:"ns"`
		Namespace string `json:"namespace"`
		NSID      string `json:"nsid"`
		ID        string `json:"id"`
		XID       string `json:"xid"`
	}
	if err := json.UnmarshalDecode(dec, &in, lenient); err != nil {
		return err
	}
	*r = anyRef{first(in.NS, in.Namespace, in.NSID), first(in.ID, in.XID)}
	return nil
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

type graphWire struct {
	Composite anyRef   `json:"composite_xid"`
	XID       anyRef   `json:"xid"`
	Members   []anyRef `json:"members"`
	Vertices  []struct {
		Composite anyRef    `json:"composite_xid"`
		XID       anyRef    `json:"xid"`
		Updated   time.Time `json:"last_updated_ts"`
	} `json:"vertices"`
	Edges []struct {
		Composite []anyRef  `json:"composite_xid_pair"`
		XIDs      []anyRef  `json:"xid_pair"`
		First     time.Time `json:"first_established_ts"`
		Last      time.Time `json:"last_established_ts"`
		Datasets  []string  `json:"dataset_ids"`
		Batches   []string  `json:"batch_ids"`
	} `json:"edges"`
}

func (w graphWire) graph() Graph {
	g := Graph{Identity: either(w.Composite, w.XID)}
	for _, m := range w.Members {
		g.Members = append(g.Members, Member{Identity: Identity(m)})
	}
	for _, v := range w.Vertices {
		g.Members = append(g.Members, Member{either(v.Composite, v.XID), v.Updated})
	}
	for _, e := range w.Edges {
		pair := append(e.Composite, e.XIDs...)
		if len(pair) < 2 {
			continue // a link to nothing
		}
		g.Links = append(g.Links, Link{Identity(pair[0]), Identity(pair[1]), e.First, e.Last, e.Datasets, e.Batches})
	}
	return g
}

func either(a, b anyRef) Identity {
	if a.ID != "" {
		return Identity(a)
	}
	return Identity(b)
}

type clusterWire struct {
	Composite anyRef   `json:"compositeXid"`
	XID       anyRef   `json:"xid"`
	Members   []anyRef `json:"members"`
	Cluster   *struct {
		Members []anyRef `json:"members"`
	} `json:"cluster"`
}

func (w clusterWire) graph() Graph {
	g := Graph{Identity: either(w.Composite, w.XID)}
	members := w.Members
	if w.Cluster != nil {
		members = append(members, w.Cluster.Members...)
	}
	for _, m := range members {
		g.Members = append(g.Members, Member{Identity: Identity(m)})
	}
	return g
}
