package aep

import (
	"net/http"
	"net/url"
	"strings"
)

// route is one call of the API.
type route struct {
	method    string
	path      []string // segments; "{}" takes any one segment
	service   service
	writes    bool                 // changes something
	sandboxed bool                 // x-sandbox-name names the data
	licence   func(*Switches) bool // nil: everybody has it
	run       func(*call) answer   // nil: there is no such call
	missing   string               // gateway code of a call that does not exist
}

type router struct {
	byLength map[int][]*route
}

var (
	unknownPath   = &route{missing: "404001"}
	unknownMethod = &route{missing: "405001"}
)

func newRouter() *router {
	r := &router{byLength: map[int][]*route{}}
	for _, rt := range apiRoutes() {
		r.byLength[len(rt.path)] = append(r.byLength[len(rt.path)], rt)
	}
	return r
}

// find is the route of a request and its path parameters. A trailing slash is
// accepted where Adobe accepts it, which is everywhere but on POST /ttl.
func (r *router) find(method, escaped string) (*route, []string) {
	trimmed := strings.TrimSuffix(escaped, "/")
	if method == http.MethodPost && strings.HasSuffix(escaped, "/hygiene/ttl/") {
		return unknownPath, nil
	}
	segments := strings.Split(strings.TrimPrefix(trimmed, "/"), "/")
	found := unknownPath
	for _, rt := range r.byLength[len(segments)] {
		params, ok := rt.match(segments)
		if !ok {
			continue
		}
		if rt.method == method {
			return rt, params
		}
		if found == unknownPath {
			found = &route{missing: unknownMethod.missing, service: rt.service}
		}
	}
	return found, nil
}

func (rt *route) match(segments []string) ([]string, bool) {
	var params []string
	for i, want := range rt.path {
		text, err := url.PathUnescape(segments[i])
		if err != nil {
			return nil, false
		}
		if want == "{}" && text != "" {
			params = append(params, text)
		} else if want != text {
			return nil, false
		}
	}
	return params, true
}

// Operations lists every call that the emulator answers, as "GET /path/{}"
// with {} for each parameter, in no order that means anything.
func Operations() []string {
	var out []string
	for _, rt := range apiRoutes() {
		out = append(out, rt.method+" /"+strings.Join(rt.path, "/"))
	}
	return out
}

// apiRoutes is every call that the emulator answers.
func apiRoutes() []*route {
	var all []*route
	add := func(method, path string, sv service, sandboxed bool, licence func(*Switches) bool, run func(*call) answer) {
		all = append(all, &route{method: method, path: strings.Split(strings.TrimPrefix(path, "/"), "/"), service: sv, sandboxed: sandboxed, licence: licence, run: run})
	}
	add("POST", "/ims/token/v3", serviceIMS, false, nil, func(c *call) answer { return c.s.issueToken(c) })

	all[0].writes = true // a token is made

	const sandboxes = "/data/foundation/sandbox-management"
	add("GET", sandboxes, serviceSandboxes, false, nil, (*call).availableSandboxes)
	add("GET", sandboxes+"/sandboxes", serviceSandboxes, false, nil, (*call).listSandboxes)
	add("GET", sandboxes+"/sandboxes/{}", serviceSandboxes, false, nil, (*call).oneSandbox)
	add("GET", sandboxes+"/sandboxTypes", serviceSandboxes, false, nil, (*call).sandboxTypes)

	const ups = "/data/core/ups"
	add("GET", ups+"/access/entities", serviceEntities, true, nil, (*call).getEntities)
	add("POST", ups+"/access/entities", serviceEntities, true, nil, (*call).postEntities)
	add("GET", ups+"/config/mergePolicies", servicePolicies, true, nil, (*call).listPolicies)
	add("GET", ups+"/config/mergePolicies/{}", servicePolicies, true, nil, (*call).onePolicy)
	add("POST", ups+"/config/mergePolicies/bulk-get", servicePolicies, true, nil, (*call).bulkPolicies)
	add("GET", ups+"/previewsamplestatus", servicePreview, true, nil, (*call).sampleStatus)
	add("GET", ups+"/previewsamplestatus/report/dataset", servicePreview, true, nil, (*call).datasetReport)
	add("GET", ups+"/previewsamplestatus/report/namespace", servicePreview, true, nil, (*call).namespaceReport)
	add("GET", ups+"/previewsamplestatus/report/dataset/overlap", servicePreview, true, nil, (*call).datasetOverlap)
	add("GET", ups+"/previewsamplestatus/report/namespace/overlap", servicePreview, true, nil, (*call).namespaceOverlap)
	add("GET", ups+"/previewsamplestatus/report/unknownProfiles", servicePreview, true, nil, (*call).unknownProfiles)
	add("GET", ups+"/segment/definitions", serviceSegments, true, nil, (*call).listSegments)
	add("GET", ups+"/segment/definitions/{}", serviceSegments, true, nil, (*call).oneSegment)
	add("POST", ups+"/segment/definitions/bulk-get", serviceSegments, true, nil, (*call).bulkSegments)
	add("GET", ups+"/audiences", serviceSegments, true, nil, (*call).listAudiences)
	add("GET", ups+"/audiences/{}", serviceSegments, true, nil, (*call).oneAudience)
	add("POST", ups+"/audiences/bulk-get", serviceSegments, true, nil, (*call).bulkAudiences)
	add("GET", ups+"/export/jobs", serviceExports, true, nil, (*call).listExports)
	add("GET", ups+"/export/jobs/{}", serviceExports, true, nil, (*call).oneExport)
	add("GET", ups+"/system/jobs", serviceSystemJobs, true, nil, (*call).listSystemJobs)
	add("GET", ups+"/system/jobs/{}", serviceSystemJobs, true, nil, (*call).oneSystemJob)

	licensed := func(sw *Switches) bool { return sw.Attributes }
	add("GET", "/data/core/ca/attributes", serviceAttributes, true, licensed, (*call).listAttributes)
	add("GET", "/data/core/ca/attributes/{}", serviceAttributes, true, licensed, (*call).oneAttribute)

	add("GET", "/data/core/idnamespace/identities", serviceNamespaces, true, nil, (*call).listNamespaces)
	add("GET", "/data/core/idnamespace/identities/{}", serviceNamespaces, true, nil, (*call).oneNamespace)
	add("GET", "/data/core/identity/identity", serviceIdentity, true, nil, (*call).getXID)
	add("POST", "/data/core/identity/v2/graph", serviceIdentity, true, nil, (*call).graph)
	add("GET", "/data/core/identity/cluster/members", serviceIdentity, true, nil, (*call).clusterMembers)
	add("POST", "/data/core/identity/clusters/members", serviceIdentity, true, nil, (*call).clustersMembers)

	hygiene := func(sw *Switches) bool { return sw.Hygiene }
	add("GET", "/data/core/hygiene/quota", serviceHygiene, false, hygiene, (*call).quota)
	add("GET", "/data/core/hygiene/workorder", serviceHygiene, true, hygiene, (*call).listWorkOrders)
	add("GET", "/data/core/hygiene/workorder/{}", serviceHygiene, true, hygiene, (*call).oneWorkOrder)
	add("GET", "/data/core/hygiene/ttl", serviceTTL, true, hygiene, (*call).listExpirations)
	add("GET", "/data/core/hygiene/ttl/{}", serviceTTL, true, hygiene, (*call).oneExpiration)

	const catalog = "/data/foundation/catalog"
	for _, name := range []string{"/dataSets", "/datasets"} {
		add("GET", catalog+name, serviceCatalog, true, nil, (*call).listDatasets)
		add("GET", catalog+name+"/{}", serviceCatalog, true, nil, (*call).oneDataset)
	}
	add("GET", catalog+"/batches", serviceCatalog, true, nil, (*call).listBatches)
	add("GET", catalog+"/batches/{}", serviceCatalog, true, nil, (*call).oneBatch)
	add("GET", catalog+"/lastBatches", serviceCatalog, true, nil, (*call).lastBatches)

	const registry = "/data/foundation/schemaregistry"
	add("GET", registry+"/stats", serviceSchemas, true, nil, (*call).schemaStats)
	add("GET", registry+"/tenant/unions", serviceSchemas, true, nil, (*call).listUnions)
	add("GET", registry+"/tenant/unions/{}", serviceSchemas, true, nil, (*call).oneUnion)
	add("GET", registry+"/tenant/schemas", serviceSchemas, true, nil, (*call).listSchemas)
	add("GET", registry+"/tenant/schemas/{}", serviceSchemas, true, nil, (*call).oneSchema)
	return all
}
