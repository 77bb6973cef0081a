package aep

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// The cluster calls are deprecated and still answer, in either state of the
// graph switch. Their errors spell the detail as description.

type clusterComposite struct {
	NSID      *flexInt `json:"nsid"` // a number or its digits
	Namespace string   `json:"namespace"`
	ID        string   `json:"id"`
}

func (x clusterComposite) asked() asked {
	return askedFor(compositeXID{NS: x.Namespace, NSID: (*int)(x.NSID), ID: x.ID})
}

type clusterRequest struct {
	XIDs       []string           `json:"xids"`
	Composites []clusterComposite `json:"compositeXids"`
	Coded      []clusterComposite `json:"compositeXidsWithNamespace"`
	GraphType  string             `json:"graph-type"`
}

// clusterMembers is GET /identity/cluster/members for one identity.
func (c *call) clusterMembers() answer {
	q := c.query
	if !graphTypeKnown(q.Get("graph-type")) {
		return clusterError(http.StatusBadRequest, "InvalidInput", "graph-type is not supported")
	}
	var a asked
	switch xid, code := q.Get("xid"), firstOf(q.Get("namespace"), q.Get("ns")); {
	case xid != "":
		a = asked{text: xid, form: byXID}
		a.key, a.known = readXID(xid)
	case q.Get("id") == "":
		return clusterError(http.StatusBadRequest, "InvalidInput", "xid, or id with namespace or nsid, is required")
	case code != "":
		a = askedFor(compositeXID{NS: code, ID: q.Get("id")})
	default:
		id, err := strconv.Atoi(firstOf(q.Get("nsid"), q.Get("nsId")))
		if err != nil {
			return clusterError(http.StatusBadRequest, "InvalidInput", "namespace or nsid is required")
		}
		a = askedFor(compositeXID{NSID: &id, ID: q.Get("id")})
	}
	if !a.known {
		return clusterError(http.StatusBadRequest, "InvalidInput", "The identity or its namespace is not valid")
	}
	return c.clusters([]asked{a})
}

// clustersMembers is POST /identity/clusters/members: one entry for each
// identity asked for.
func (c *call) clustersMembers() answer {
	var in clusterRequest
	body := bytes.TrimSpace(c.body)
	if bytes.HasPrefix(body, []byte("[")) { // as the specification prints it
		var list []clusterRequest
		if json.Unmarshal(body, &list) != nil || len(list) != 1 {
			return clusterError(http.StatusBadRequest, "InvalidInput", "one request is required")
		}
		in = list[0]
	} else if json.Unmarshal(body, &in) != nil {
		return clusterError(http.StatusBadRequest, "InvalidInput", "The body is not valid JSON of the expected form")
	}
	all := in.asked()
	if len(all) < 1 || len(all) > maxGraphs || !graphTypeKnown(in.GraphType) {
		return clusterError(http.StatusBadRequest, "InvalidInput", "1 to 1000 identities and a known graph-type are required")
	}
	return c.clusters(all)
}

func (c *call) clusters(all []asked) answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	clusters, left := []object{}, []any{}
	for _, a := range all {
		if one := c.box.clusterOf(a); one != nil {
			clusters = append(clusters, one)
		} else {
			left = append(left, a.unprocessed())
		}
	}
	return reply(http.StatusOK, object{"version": "1.1.0", "clusters": clusters, "unprocessedRecords": left, "algo_type": "STITCH_ALL"})
}

func (in clusterRequest) asked() []asked {
	out := graphRequest{XIDs: in.XIDs}.asked()
	for _, x := range append(in.Composites, in.Coded...) {
		out = append(out, x.asked())
	}
	return out
}

func graphTypeKnown(name string) bool {
	switch lower(name) {
	case "", "pdg", "coop", "psr", "private graph", "none":
		return true
	}
	return false
}

func (b *sandbox) clusterOf(a asked) object {
	n := b.find(a.key)
	if n == nil || !a.known {
		return nil
	}
	members := []any{}
	for _, m := range b.cluster(n) {
		members = append(members, a.showMember(m.identityKey))
	}
	return object{clusterName(a.form): a.showMember(n.identityKey), "members": members}
}

func clusterName(f form) string {
	if f == byXID {
		return "xid"
	}
	return "compositeXid"
}

func (a asked) showMember(k identityKey) any {
	switch a.form {
	case byXID:
		return makeXID(k)
	case byNumber:
		return object{"nsid": strconv.Itoa(namespaces[k.ns].ID), "id": k.id}
	}
	return object{"namespace": namespaces[k.ns].short, "id": k.id}
}

func (a asked) unprocessed() any {
	switch {
	case a.form == byXID:
		return a.text
	case a.form == byNumber && a.known:
		return a.showMember(a.key)
	}
	return object{"namespace": a.text, "id": a.key.id}
}
