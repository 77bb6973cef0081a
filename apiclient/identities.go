package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

var (
	getXID       = endpoint{http.MethodGet, "/data/core/identity/identity"}
	postGraph    = endpoint{http.MethodPost, "/data/core/identity/v2/graph"}
	getCluster   = endpoint{http.MethodGet, "/data/core/identity/cluster/members"}
	postClusters = endpoint{http.MethodPost, "/data/core/identity/clusters/members"}
)

// XID returns the platform's opaque name of an identity. Every identity has one,
// also those nobody ever saw: it is no proof that a profile exists. The URL of
// this call names the person; the platform offers no other form.
//
// Source: Identity Service API reference, "Get the XID for an identity".
//
//aep:operation GET /data/core/identity/identity
func (s *IdentitiesService) XID(ctx context.Context, sandbox string, id Identity) (string, error) {
	r := &request{endpoint: getXID, sandbox: sandbox, query: url.Values{"namespace": {id.Namespace}, "id": {id.ID}}}
	if id.Namespace == "" {
		return "", &Error{Op: r.op(), Err: fmt.Errorf("%w: no namespace", ErrBadArgument)}
	}
	if err := checkIdentities(r, []Identity{id}); err != nil {
		return "", err
	}
	var in struct {
		XID string `json:"xid"`
	}
	a, err := s.c.read(ctx, r)
	if err != nil {
		return "", err
	}
	if err := decode(r, a, &in); err != nil {
		return "", err
	}
	if in.XID == "" {
		return "", r.bad(a)
	}
	return in.XID, nil
}

// Graph is what is linked to one identity.
type Graph struct {
	Identity Identity // the one that was asked for
	Members  []Member // that one included
	Links    []Link   // empty where the platform keeps none, or answered in its old form
}

// Member is one identity of a graph.
type Member struct {
	Identity
	Updated time.Time // zero if unknown
}

// Link is what ties two identities of a graph together.
type Link struct {
	A, B        Identity
	First, Last time.Time // when it was first and last established; zero if unknown
	Datasets    []string
	Batches     []string
}

// Graph returns the identity graph of each of ids: who is linked to whom, since
// when, and by which dataset and batch. ids are 1 to 1,000, all with a
// namespace or all XIDs; those that the platform could not process are missing.
// Where the platform lacks the call, the members come from
// [IdentitiesService.Clusters], without links.
//
// Besides the errors of every call: [ErrForbidden] without the right to see
// the identity graph, [ErrUnauthorized] without the identity scope.
//
// Source: Identity Service API reference, "Identity graph", version 2.
//
//aep:operation POST /data/core/identity/v2/graph
func (s *IdentitiesService) Graph(ctx context.Context, sandbox string, ids []Identity) ([]Graph, error) {
	r := &request{endpoint: postGraph, sandbox: sandbox}
	refs, xids, err := split(r, ids)
	if err != nil {
		return nil, err
	}
	var in struct {
		Graphs []graphWire `json:"graphs"`
	}
	err = s.c.ask(ctx, r, graphBody{refs, xids, "graph", true}, &in)
	if errors.Is(err, ErrNotFound) {
		return s.Clusters(ctx, sandbox, ids)
	}
	if err != nil {
		return nil, err
	}
	graphs := make([]Graph, 0, len(in.Graphs))
	for _, w := range in.Graphs {
		graphs = append(graphs, w.graph())
	}
	return graphs, nil
}

// Clusters returns the members of the graph of each of ids, by a call that the
// platform has deprecated but still answers. Limits and errors as for
// [IdentitiesService.Graph].
//
// Source: Identity Service API reference, "List cluster members for multiple identities".
//
//aep:operation POST /data/core/identity/clusters/members
func (s *IdentitiesService) Clusters(ctx context.Context, sandbox string, ids []Identity) ([]Graph, error) {
	r := &request{endpoint: postClusters, sandbox: sandbox}
	refs, xids, err := split(r, ids)
	if err != nil {
		return nil, err
	}
	body := clustersBody{XIDs: xids, GraphType: privateGraph}
	for _, ref := range refs {
		body.Refs = append(body.Refs, clusterRef{ref.NS, ref.ID})
	}
	var in struct {
		Clusters []clusterWire `json:"clusters"`
	}
	if err := s.c.ask(ctx, r, body, &in); err != nil {
		return nil, err
	}
	graphs := make([]Graph, 0, len(in.Clusters))
	for _, w := range in.Clusters {
		graphs = append(graphs, w.graph())
	}
	return graphs, nil
}

// Cluster is [IdentitiesService.Clusters] for one identity, in the form that names
// the person in the URL.
//
// Source: Identity Service API reference, "List cluster members".
//
//aep:operation GET /data/core/identity/cluster/members
func (s *IdentitiesService) Cluster(ctx context.Context, sandbox string, id Identity) (*Graph, error) {
	r := &request{endpoint: getCluster, sandbox: sandbox, query: url.Values{"graph-type": {privateGraph}}}
	if err := checkIdentities(r, []Identity{id}); err != nil {
		return nil, err
	}
	if id.Namespace == "" {
		r.query.Set("xid", id.ID)
	} else {
		r.query.Set("namespace", id.Namespace)
		r.query.Set("id", id.ID)
	}
	var in clusterWire
	if err := s.c.get(ctx, r, &in); err != nil {
		return nil, err
	}
	g := in.graph()
	if g.Identity == (Identity{}) {
		g.Identity = id
	}
	return &g, nil
}

const privateGraph = "pdg" // the organisation's own graph

type graphRef struct {
	NS string `json:"ns"`
	ID string `json:"id"`
}

type graphBody struct {
	Refs       []graphRef `json:"composite_xids,omitempty"`
	XIDs       []string   `json:"xids,omitempty"`
	Projection string     `json:"projection_type"`
	Edges      bool       `json:"require_edge_meta_data"`
}

type clusterRef struct {
	Namespace string `json:"namespace"`
	ID        string `json:"id"`
}

type clustersBody struct {
	Refs      []clusterRef `json:"compositeXidsWithNamespace,omitempty"`
	XIDs      []string     `json:"xids,omitempty"`
	GraphType string       `json:"graph-type"`
}

// split sorts ids into the two forms that the identity service takes one of.
func split(r *request, ids []Identity) (refs []graphRef, xids []string, err error) {
	if err := checkIdentities(r, ids); err != nil {
		return nil, nil, err
	}
	for _, id := range ids {
		if id.Namespace == "" {
			xids = append(xids, id.ID)
		} else {
			refs = append(refs, graphRef{id.Namespace, id.ID})
		}
	}
	if len(refs) > 0 && len(xids) > 0 {
		return nil, nil, &Error{Op: r.op(), Err: fmt.Errorf("%w: XIDs among identities with a namespace", ErrBadArgument)}
	}
	return refs, xids, nil
}
