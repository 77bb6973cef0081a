package apiclient

import (
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// maxRefusal is how much of an error's body is read.
const maxRefusal = 64 << 10

// codeScope is the title of a 401 that a new token does not help against.
const codeScope = "UnauthorizedAccessInvalidScope"

// refusal turns an answer that is no success into an [*Error].
func refusal(req *request, op, id string, res *http.Response, now time.Time) error {
	raw, _ := io.ReadAll(io.LimitReader(res.Body, maxRefusal)) // what can be read will do
	f := parseFailure(raw)
	e := &Error{
		Op: op, Status: res.StatusCode, RequestID: id,
		Message: f.message(raw), Code: f.code(),
		RetryAfter: retryAfter(res.Header.Get("Retry-After"), f.field["retryAfterMs"], now),
	}
	e.Err = meaning(req, e)
	return e
}

// meaning is the sentinel that status alone does not tell, or nil.
func meaning(req *request, e *Error) error {
	switch {
	case e.Status < 400:
		return ErrRedirect
	case strings.HasSuffix(req.path, "/access/entities"):
		if err := entityMeaning(e); err != nil {
			return err
		}
	}
	switch e.Status {
	case http.StatusForbidden:
		return forbidden(req, e)
	case http.StatusNotFound:
		if s := req.service(); (s == "ca" || s == "hygiene") && len(req.ids) == 0 {
			return ErrNotLicensed // the whole collection is missing
		}
	case http.StatusBadRequest:
		if e.Code == "400003" { // no organisation
			return ErrUnauthorized
		}
	}
	return nil
}

// entityMeaning reads the refusals of a look-up, which share their statuses.
func entityMeaning(e *Error) error {
	if e.Status != http.StatusUnprocessableEntity && e.Status != http.StatusNotFound && e.Status != http.StatusBadRequest {
		return nil
	}
	words := strings.ToLower(e.Message)
	switch {
	case strings.Contains(words, "merge policy"), strings.Contains(words, "mergepolicy"), strings.Contains(words, "merge policies"):
		return ErrWrongPolicy
	case e.Status != http.StatusUnprocessableEntity:
		return nil
	case strings.Contains(words, "identit"), strings.Contains(words, "related"), strings.Contains(words, "too many"), strings.Contains(words, "graph"):
		return ErrTooManyIdentities
	}
	return nil
}

// forbidden tells the credential's fault from a licence and from a permission. A
// missing token, an unknown key and a wrong organisation are 403 at the gateway.
func forbidden(req *request, e *Error) error {
	switch e.Code {
	case "403010", "403000", "403003", "403027":
		return ErrUnauthorized
	case "403025", "UPAPI-113740-403":
		return ErrNotLicensed
	}
	words := strings.ToLower(e.Message)
	if strings.Contains(words, "not entitled") || strings.Contains(words, "not enabled") || strings.Contains(words, "not licensed") {
		return ErrNotLicensed
	}
	for _, word := range []string{"sandbox", "permission", "privilege", "access control", "role"} {
		if strings.Contains(words, word) {
			return nil
		}
	}
	if licensed(req) {
		return ErrNotLicensed
	}
	return nil
}

// licensed reports whether the call belongs to what not every contract includes:
// look-ups, computed attributes and data hygiene.
func licensed(req *request) bool {
	switch req.service() {
	case "ca", "hygiene":
		return true
	}
	return strings.HasSuffix(req.path, "/access/entities") && req.method != http.MethodDelete
}

// Codes are shown, so only those are taken that look like the platform's own: a
// gateway's six digits, an upper-case code that ends in numbers, a known word.
var (
	gatewayCode = regexp.MustCompile(`^[45][0-9]{5}$`)
	serviceCode = regexp.MustCompile(`^[A-Z]{2,8}(-[A-Z]{2,8})*(-[0-9]{3,9}){1,2}$`)
	messageCode = regexp.MustCompile(`^([A-Z]{2,8}(?:-[A-Z]{2,8})*-[0-9]{3,9}): `)
	wordCodes   = map[string]bool{
		codeScope: true, "InvalidInput": true, "RequestRateTooLarge": true,
		"NAMESPACE_NOT_FOUND": true, "INVALID_REQUEST_PARAMS": true, "INTEGRATION_CODE_EXISTS": true,
		"invalid_client": true, "invalid_scope": true, "unauthorized_client": true,
		"unsupported_grant_type": true, "invalid_request": true, "invalid_grant": true,
	}
)

// code finds the platform's own code for the failure, or "".
func (f *failure) code() string {
	uri := f.field["type"]
	for _, s := range []string{f.field["error_code"], uri[strings.LastIndexByte(uri, '/')+1:], f.report["code"], f.field["error"], f.field["title"]} {
		if gatewayCode.MatchString(s) || serviceCode.MatchString(s) || wordCodes[s] {
			return s
		}
	}
	if m := messageCode.FindStringSubmatch(f.field["message"]); m != nil {
		return m[1]
	}
	return ""
}
