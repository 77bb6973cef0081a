package contract

const (
	audiencesOp   = "GET /data/core/ups/audiences"
	available     = "GET /data/foundation/sandbox-management/"
	sandboxes     = "GET /data/foundation/sandbox-management/sandboxes"
	mergePolicies = "GET /data/core/ups/config/mergePolicies"
	definitions   = "GET /data/core/ups/segment/definitions"
	systemJobs    = "GET /data/core/ups/system/jobs"
	union         = "GET /data/foundation/schemaregistry/tenant/unions/{}"
)

// tableExceptions are what the plain tests find different from the table.
var tableExceptions = []exception{
	{"POST /ims/token/v3", 0, "no such operation", "the token service has no OpenAPI file; Adobe's authentication page describes it"},
	{"GET /data/core/ups/previewsamplestatus/report/dataset/overlap", 0, "no such operation", "documented on the page about preview sample status, absent from the file"},
	{"GET /data/core/ups/previewsamplestatus/report/namespace/overlap", 0, "no such operation", "documented on the page about preview sample status, absent from the file"},
	{"GET /data/core/ups/previewsamplestatus/report/unknownProfiles", 0, "no such operation", "documented on the page about preview sample status, absent from the file"},

	{available, 0, "unknown parameter limit", "the page about available sandboxes has limit and offset, and says that they go together"},
	{available, 0, "unknown parameter offset", "the same"},
	{sandboxes, 0, "unknown parameter limit", "the page about sandboxes has limit and offset"},
	{sandboxes, 0, "unknown parameter offset", "the same"},

	{definitions, 200, "answer lacks", "the file shows one definition where the page shows a list under segments"},

	{mergePolicies, 400, "status not declared", "a missing header is refused by the gateway, before the service that the file describes"},
	{mergePolicies, 401, "status not declared", "an expired token is refused by the gateway"},
	{mergePolicies, 403, "status not declared", "a missing token, key or organisation is refused by the gateway"},
	{systemJobs, 400, "status not declared", "the AWS deployment wants x-sandbox-id, which the client learns from this refusal; the file has neither"},
	{union, 404, "status not declared", "the file names 200 alone; the page on schema registry errors has 404 for what is not there"},
}

// fileExceptions are what the OpenAPI files find wrong besides.
var fileExceptions = []exception{
	{mergePolicies, 0, "status is not supported", "gateway refusals, as above"},
	{systemJobs, 400, "status is not supported", "as above"},
	{union, 404, "status is not supported", "as above"},
	{"", 403, `unexpected value: "application/problem+json"`, "a sandbox that may not be entered is refused with problem details, whatever the service"},

	{available, 200, "string doesn't match the format \"date-time\"", "the pages print 2025-01-14 09:12:03, without zone"},
	{sandboxes, 200, "string doesn't match the format \"date-time\"", "the same"},
	{sandboxes + "/{}", 200, "string doesn't match the format \"date-time\"", "the same"},

	{"POST /data/core/identity/v2/graph", 200, "input matches more than one oneOf schemas", "the alternatives of the file do not exclude each other"},
	{"POST /data/core/identity/v2/graph", 200, `"/graphs": value must be an object`, "the file's own sample has a list, as the page has"},
	{"POST /data/core/identity/clusters/members", 200, "request body has an error", "the file wraps the body in a list by mistake; its sample is an object"},

	{systemJobs, 200, `"/_page/count": property "count" is missing`, "the AWS deployment has totalCount and pageSize"},
	{systemJobs, 200, "status\": value is not one of the allowed values", "the AWS deployment says IN-PROGRESS and SUCCESS"},

	{definitions, 200, "is missing", "the file shows one definition where the page shows a list under segments"},
	{audiencesOp, 200, "input matches more than one oneOf schemas", "the alternatives of the file do not exclude each other"},
	{audiencesOp, 200, `"/namespace": value is not one of the allowed values`, "external audiences have namespaces of the customer's own"},
	{"GET /data/core/ca/attributes", 200, "status\": value must be a string", "the earliest beta answered an object; a switch of the emulator"},
	{"GET /data/core/ups/export/jobs", 200, "id\": value must be a number", "ids as strings are tolerated; a switch of the emulator"},
	{"GET /data/core/hygiene/workorder", 200, `parameter "orderBy"`, "the file lists three spellings as one value, with commas between them"},

	{union, 200, "unexpected value: \"application/vnd.adobe.xed-full+json; version=1\"", "the answer bears the media type that Accept asked for; the file has application/json"},
	{"GET /data/foundation/schemaregistry/{}/schemas/{}", 200, "unexpected value: \"application/vnd.adobe.xed-full+json; version=1\"", "the same"},
}
