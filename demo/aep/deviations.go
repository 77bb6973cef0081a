package aep

// Deviation is one place where an answer of the emulator, or a request that it
// takes, is not what Adobe's OpenAPI file says, on purpose.
type Deviation struct {
	Spec   string // file name of the specification
	Method string
	Path   string // as the file prints it
	Status int    // of the answer; 0: the request
	What   string
	Why    string
	Fact   string // section of the fact sheet on Adobe's API that the emulator is written from
}

// Deviations are all of them. What is not named here is valid against the
// files, but for the gateway's own answers (400003, 401013, 403…, 404001,
// 405001, 413001, 429050), a sandbox header that is missing or names nothing
// (400, 403) and a body without a content type (400): those may come on every
// call, and most files do not declare them (sections 1.4 and 15). Query
// parameters that a file does not know are ignored.
var Deviations = []Deviation{
	{"sandbox.yaml", "GET", "/sandbox-management/", 200, "createdDate and lastModifiedDate have a blank and no zone", "the documentation prints them so", "2"},
	{"sandbox.yaml", "GET", "/sandbox-management/sandboxes", 200, "createdDate and lastModifiedDate have a blank and no zone", "the documentation prints them so", "2"},
	{"sandbox.yaml", "GET", "/sandbox-management/sandboxes/{sandboxName}", 200, "createdDate and lastModifiedDate have a blank and no zone", "the documentation prints them so", "2"},
	{"sandbox.yaml", "GET", "/sandbox-management/sandboxes/{sandboxName}", 404, "an unknown name is not found", "the file names no status for it", "2"},
	{"profile.yaml", "GET", "/ups/access/entities", 0, "schema.name takes _xdm.context.experienceevent", "deprecated in the file, described by the documentation, used by clients", "3"},
	{"profile.yaml", "GET", "/ups/system/jobs", 400, "x-sandbox-id is missing with the switch system_jobs on aws", "mandatory on that deployment", "1.2, 8.1"},
	{"profile.yaml", "GET", "/ca/attributes", 200, "status is an object with the switch ca_status on object", "the earliest answers had it so", "6.5"},
	{"profile.yaml", "GET", "/ca/attributes/{ATTRIBUTE_ID}", 200, "status is an object with the switch ca_status on object", "the earliest answers had it so", "6.5"},
	{"profile.yaml", "GET", "/ca/attributes", 400, "limit above 40 and wrong filters are refused", "the documentation bounds them", "6.2"},
	{"profile.yaml", "GET", "/ca/attributes", 403, "refused with the switch attributes off", "not open to every organisation", "6"},
	{"profile.yaml", "GET", "/ups/previewsamplestatus/report/dataset", 404, "no report on the date asked for", "the documentation says so", "10.2"},
	{"profile.yaml", "GET", "/ups/previewsamplestatus/report/namespace", 404, "no report on the date asked for", "the documentation says so", "10.2"},
	{"identity-service.yaml", "POST", "/identity/v2/graph", 200, "graphs is an array", "the file's own examples and the documentation have an array", "4.3"},
	{"identity-service.yaml", "POST", "/identity/v2/graph", 0, "a request with one form of identities fits several alternatives of the file; composite_xid in the singular is taken", "a slip of the file; one client sends the singular", "4.3"},
	{"identity-service.yaml", "POST", "/identity/v2/graph", 404, "not there with the switch graph on cluster", "older deployments have the cluster calls only", "4.6"},
	{"identity-service.yaml", "POST", "/identity/clusters/members", 0, "the body is an object, an array of one is taken", "the file wraps its schema in an array by mistake", "4.4"},
	{"segmentation.yaml", "GET", "/segment/definitions", 200, "a list with page and link", "the file shows a single definition by mistake", "12.1"},
	{"segmentation.yaml", "GET", "/audiences", 200, "an audience fits both alternatives of the file", "its two alternatives do not exclude each other", "12.1"},
	{"segmentation.yaml", "GET", "/export/jobs", 200, "id is a string with the switch export_ids on string", "never seen, tolerated", "7.1, 16"},
	{"segmentation.yaml", "GET", "/export/jobs/{EXPORT_JOB_ID}", 200, "id is a string with the switch export_ids on string", "never seen, tolerated", "7.1, 16"},
	{"data-hygiene.yaml", "GET", "/quota", 0, "Content-Type is not wanted on calls without a body", "it has nothing to describe", "1.2"},
	{"data-hygiene.yaml", "GET", "/workorder/{WORKORDER_ID}", 0, "Content-Type is not wanted on calls without a body", "it has nothing to describe", "1.2"},
	{"profile.yaml", "GET", "/ups/config/mergePolicies", 400, "limit that is no number is refused", "malformed requests are 400 everywhere", "1.3"},
	{"profile.yaml", "POST", "/ups/config/mergePolicies/bulk-get", 400, "a request without ids is refused", "malformed requests are 400 everywhere", "1.3"},
	{"profile.yaml", "GET", "/ups/system/jobs", 400, "limit, start or page that is no number is refused", "malformed requests are 400 everywhere", "1.3"},
	{"segmentation.yaml", "GET", "/segment/definitions", 400, "limit or page that is no number is refused", "malformed requests are 400 everywhere", "1.3"},
	{"segmentation.yaml", "POST", "/segment/definitions/bulk-get", 400, "a request without ids is refused", "malformed requests are 400 everywhere", "1.3"},
	{"segmentation.yaml", "GET", "/audiences", 400, "limit or start that is no number is refused", "malformed requests are 400 everywhere", "1.3"},
	{"segmentation.yaml", "GET", "/export/jobs", 400, "limit that is no number is refused", "malformed requests are 400 everywhere", "1.3"},
	{"data-hygiene.yaml", "GET", "/quota", 403, "refused with the switch hygiene off", "only for those who bought it", "9"},
	{"data-hygiene.yaml", "GET", "/ttl", 403, "refused with the switch hygiene off", "only for those who bought it", "9"},
	{"data-hygiene.yaml", "GET", "/ttl/{ID}", 403, "refused with the switch hygiene off", "only for those who bought it", "9"},
	{"schema-registry.yaml", "GET", "/tenant/unions/{UNION_ID}", 404, "an unknown union is not found", "the documentation says so", "12.3"},
}
