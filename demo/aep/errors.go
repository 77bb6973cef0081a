package aep

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// service says whose words an answer uses: Adobe's services report errors in
// thirteen shapes, named A to M here and in the tests.
type service int

const (
	serviceGateway service = iota
	serviceIMS
	serviceSandboxes
	serviceEntities
	serviceIdentity
	serviceNamespaces
	servicePolicies
	servicePreview
	serviceCatalog
	serviceSchemas
	serviceSegments
	serviceAttributes
	serviceExports
	serviceSystemJobs
	serviceHygiene
	serviceTTL
)

// answer is one response, complete before the first byte of it is sent: the
// journal must be written in between.
type answer struct {
	status int
	header http.Header
	body   []byte
}

type object = map[string]any

// reply is v as JSON. Markup is not escaped, as Adobe does not escape it.
func reply(status int, v any) answer {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return answer{status: http.StatusInternalServerError, body: []byte(err.Error())}
	}
	return answer{status: status, body: bytes.TrimSuffix(buf.Bytes(), []byte("\n"))}
}

func raw(status int, body []byte) answer { return answer{status: status, body: body} }

func (a answer) with(key, value string) answer {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(key, value)
	return a
}

// gatewayError is shape A: the code's first three digits are the status.
func gatewayError(code, message string) answer {
	status, err := strconv.Atoi(code[:3])
	if err != nil {
		status = http.StatusInternalServerError
	}
	return reply(status, object{"error_code": code, "message": message})
}

// reportError is shape B: problem+json with a report about the tenant.
func (c *call) reportError(status int, kind, title, detail string) answer {
	tenant := object{"sandboxName": c.r.Header.Get("x-sandbox-name"), "sandboxId": "", "imsOrgId": c.s.credentials.OrgID}
	if c.box != nil {
		tenant["sandboxId"] = c.box.id
	}
	return reply(status, object{
		"type": "http://ns.adobe.com/aep/errors/" + kind, "title": title, "status": status, "detail": detail,
		"report": object{"tenantInfo": tenant, "additionalContext": nil, "errorChain": []any{}},
	}).with("Content-Type", "application/problem+json")
}

// upsError is shape C: segmentation, audiences, jobs and computed attributes.
func (c *call) upsError(status int, kind, message string) answer {
	code := strconv.Itoa(status)
	return reply(status, object{
		"requestId": c.requestID, "errors": object{code: []object{{"code": code, "message": message}}},
		"type": "https://ns.adobe.com/aep/errors/" + kind, "title": message, "status": status,
	})
}

// entityError is shape D: all values are strings, and a 403 has no cause.
func entityError(status int, code, message string) answer {
	return reply(status, entityErrorBody(status, code, message))
}

func entityErrorBody(status int, code, message string) object {
	body := object{"statusCode": strconv.Itoa(status), "message": code + ": " + message}
	if status != http.StatusForbidden {
		body["cause"] = fmt.Sprintf("Status Code - %d : message {%s}", status, message)
	}
	return body
}

// entityNotFound is shape D's shortest form.
func entityNotFound() answer { return reply(http.StatusNotFound, object{"statusCode": "404"}) }

// catalogError is shape E.
func catalogError(status int, title, detail string) answer {
	return reply(status, object{"type": "/placeholder/type/uri", "status": status, "title": title, "detail": detail})
}

// identityError is shape G.
func identityError(status int, title, detail string) answer {
	return reply(status, object{"title": title, "status": status, "detail": detail})
}

// clusterError is shape G as the deprecated cluster calls spell it.
func clusterError(status int, title, description string) answer {
	return reply(status, object{"title": title, "status": status, "description": description})
}

// graphError is shape G as the current graph call spells its 400.
func (c *call) graphError(message string) answer {
	return reply(http.StatusBadRequest, object{"reason": "Validation error Request id: " + c.requestID, "message": message})
}

// namespaceError is shape H; 401 and 500 carry a message in the report.
func (c *call) namespaceError(status int, code, description string) answer {
	report := object{"code": code}
	if status == http.StatusUnauthorized || status >= 500 {
		report = object{"message": description}
	}
	return reply(status, object{
		"timestamp": c.now.UTC().Format("2006-01-02T15:04:05.000Z"),
		"type":      "http://ns.adobe.com/adobecloud/problem/namespacevalidation",
		"status":    status, "error": code, "title": "Namespace validation", "description": description, "report": report,
	})
}

// hygieneError is shape I: like the gateway's, from the service itself.
func hygieneError(code, message string) answer { return gatewayError(code, message) }

// ttlError is shape I's sibling for /ttl: B with an error-chain at top level.
func (c *call) ttlError(status int, title, detail string) answer {
	kind := fmt.Sprintf("HYGN-3102-%d", status)
	return reply(status, object{
		"type": "http://ns.adobe.com/aep/errors/" + kind, "title": title, "status": status, "detail": detail,
		"error-chain": []object{{"serviceId": "HYGN", "errorCode": kind, "invokingServiceId": "acp_privacy_hygiene", "unixTimeStampMs": c.now.UnixMilli()}},
	})
}

// schemaError is shape J; its time has no zone and the month first.
func (c *call) schemaError(status int, kind, title, detail string) answer {
	return reply(status, object{
		"type": "http://ns.adobe.com/aep/errors/" + kind, "title": title, "status": status,
		"report": object{"registryRequestId": c.requestID, "timestamp": c.now.UTC().Format("01-02-2006 15:04:05"), "detailed-message": detail, "sub-errors": []any{}},
		"detail": detail,
	})
}

// sandboxError is shape K.
func sandboxError(status int, kind, title string) answer {
	return reply(status, object{"status": status, "title": title, "type": "http://ns.adobe.com/aep/errors/" + kind})
}

// imsError is shape L.
func imsError(code, description string) answer {
	return reply(http.StatusBadRequest, object{"error": code, "error_description": description})
}

// refusal is the error of a status in the words of the call's service: what
// throttling, a missing licence and rules of trouble without a body answer.
func (c *call) refusal(status int, message string) answer {
	code := strconv.Itoa(status)
	if status == http.StatusTooManyRequests && c.service != serviceIMS && c.service != serviceEntities && c.service != serviceIdentity {
		return gatewayError("429050", message) // only those services have words of their own
	}
	switch c.service {
	case serviceIMS:
		return answerStatus(imsError("server_error", message), status)
	case serviceSandboxes:
		return sandboxError(status, "SMS-1000-"+code, message)
	case serviceEntities:
		if status == http.StatusTooManyRequests {
			return reply(status, []object{{"message": "Too many requests", "cause": `{"Errors":["Request rate is large"]}`, "retryAfterMs": "500", "statusCode": "429"}})
		}
		return entityError(status, "UPS-ACC-1000000", message)
	case serviceIdentity:
		if status == http.StatusTooManyRequests {
			return identityError(status, "RequestRateTooLarge", message)
		}
		if status == http.StatusForbidden {
			return c.reportError(status, "UIS-4064-403", "Forbidden", message)
		}
		return identityError(status, http.StatusText(status), message)
	case serviceNamespaces:
		return c.namespaceError(status, "NAMESPACE_REFUSED", message)
	case serviceCatalog:
		return catalogError(status, http.StatusText(status), message)
	case serviceSchemas:
		return c.schemaError(status, "XDM-1000-"+code, http.StatusText(status), message)
	case serviceHygiene:
		return hygieneError(code+"001", message)
	case serviceTTL:
		return c.ttlError(status, http.StatusText(status), message)
	case servicePolicies, servicePreview, serviceSegments, serviceAttributes, serviceExports, serviceSystemJobs:
		return c.upsError(status, "UPAPI-100000-"+code, message)
	}
	return gatewayError(code+"000", message)
}

func answerStatus(a answer, status int) answer {
	a.status = status
	return a
}

// stampMS is a time as reports print it: milliseconds, no zone, meaning UTC.
func stampMS(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000") }
