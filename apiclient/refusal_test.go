package apiclient

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// refused is what a look-up ends in when the platform answers so.
func refused(t *testing.T, status int, body string, header ...string) *Error {
	t.Helper()
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		answers(status, body)(w, r)
	})
	c, _ := p.client(t, func(cfg *Config) { cfg.Tries = 1 })
	_, err := c.MergePolicies.Get(t.Context(), "dev", "mp-1")
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("err = %v, want an *Error", err)
	}
	return e
}

// The thirteen shapes that the platform's errors come in.
func TestEveryShapeOfError(t *testing.T) {
	const raw = "upstream connect error or disconnect/reset before headers"
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		message string
		code    string
	}{
		{"A gateway", 401, `{"error_code":"401013","message":"Oauth token is not valid"}`, "Oauth token is not valid", "401013"},
		{"B problem with report", 400, `{"type":"http://ns.adobe.com/aep/errors/HYGN-3102-400","title":"Bad","status":400,"detail":"expiry is too near","report":{"tenantInfo":{"sandboxName":"prod"},"additionalContext":null,"errorChain":[]}}`, "expiry is too near", "HYGN-3102-400"},
		{"C profile services", 404, `{"requestId":"kQ2","errors":{"404":[{"code":"404","message":"no such audience"}]},"type":"https://ns.adobe.com/aep/errors/UPAPI-113430-404","title":"Not found","status":404}`, "no such audience", "UPAPI-113430-404"},
		{"C of old", 400, `{"requestId":"kQ2","errors":{"400":[{"code":"500","message":"Batch can only be specified for EE type"}]}}`, "Batch can only be specified for EE type", ""},
		{"D entities", 422, `{"message":"UPS-MRG-1000001: too many identities","cause":"Status Code - 400 : message {…}","statusCode":"422"}`, "UPS-MRG-1000001: too many identities", "UPS-MRG-1000001"},
		{"D wordless", 404, `{"statusCode":"404"}`, "", ""},
		{"D list", 429, `[{"message":"Too many requests","cause":"{\"Errors\":[\"Request rate is large\"]}","retryAfterMs":"500","statusCode":"429"}]`, "Too many requests", ""},
		{"D partial", 500, `[{"xid":"Blv","error":{"message":"failed here","statusCode":"500"}}]`, "failed here", ""},
		{"E catalog", 400, `{"type":"/placeholder/type/uri","status":400,"title":"BadRequestError","detail":"A valid content-type must be specified"}`, "A valid content-type must be specified", ""},
		{"F etag", 409, `{"errorMessage":"Supplied version=[1] does not match"}`, "Supplied version=[1] does not match", ""},
		{"G identity", 400, `{"title":"InvalidInput","status":400,"detail":"no such namespace"}`, "no such namespace", "InvalidInput"},
		{"G cluster", 400, `{"title":"InvalidInput","status":400,"description":"no private graph"}`, "no private graph", "InvalidInput"},
		{"G graph", 400, `{"reason":"Validation error Request id: 7","message":"Graph Request Invalid"}`, "Graph Request Invalid", ""},
		{"H namespaces", 404, `{"timestamp":"2026-03-02T08:00:00.000Z","type":"http://ns.adobe.com/adobecloud/problem/namespacevalidation","status":404,"error":"NAMESPACE_NOT_FOUND","title":"Namespace validation","description":"unknown id","report":{"code":"NAMESPACE_NOT_FOUND"}}`, "unknown id", "NAMESPACE_NOT_FOUND"},
		{"H with words in the report", 500, `{"title":"","report":{"message":"it broke"}}`, "it broke", ""},
		{"I hygiene", 400, `{"error_code":"400001","message":"bad page"}`, "bad page", "400001"},
		{"I chain at the top", 400, `{"type":"http://ns.adobe.com/aep/errors/HYGN-3102-400","title":"Invalid","error-chain":[{"serviceId":"HYGN","errorCode":"HYGN-3102-400","unixTimeStampMs":1767225600000}]}`, "Invalid", "HYGN-3102-400"},
		{"J registry", 400, `{"type":"http://ns.adobe.com/aep/errors/XDM-1006-400","title":"Accept header invalid","status":400,"report":{"registryRequestId":"7","timestamp":"03-02-2026 08:00:00","detailed-message":"the list takes no version","sub-errors":[]},"detail":""}`, "the list takes no version", "XDM-1006-400"},
		{"K sandbox", 400, `{"status":400,"title":"cannot be reset","type":"http://ns.adobe.com/aep/errors/SMS-2074-400"}`, "cannot be reset", "SMS-2074-400"},
		{"L token service", 400, `{"error":"invalid_client","error_description":"invalid client_secret parameter"}`, "invalid client_secret parameter", "invalid_client"},
		{"L wordless", 400, `{"error":"invalid_scope"}`, "invalid_scope", "invalid_scope"},
		{"M text", 503, raw, raw, ""},
		{"M page", 502, "<html>\n<h1>Bad Gateway</h1></html>", "<html> <h1>Bad Gateway</h1></html>", ""},
		{"M nothing", 500, "", "", ""},
		{"M long", 500, strings.Repeat("é", 800), strings.Repeat("é", 500), ""},
		{"cut off", 500, `{"title":"first","report":{"detailed-mess`, "first", ""},
		{"odd types", 500, `{"message":{"a":1},"detail":["x"],"title":7}`, "7", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := refused(t, tt.status, tt.body, "x-request-id", "adobe-1")
			if e.Status != tt.status || e.Message != tt.message || e.Code != tt.code || e.RequestID != "adobe-1" {
				t.Errorf("got %d %q %q %q, want %d %q %q adobe-1", e.Status, e.Message, e.Code, e.RequestID, tt.status, tt.message, tt.code)
			}
			if tt.message != "" && strings.Contains(e.Error(), tt.message) && tt.message != tt.code {
				t.Errorf("Error() = %q holds the message", e.Error())
			}
			if e.Op != "GET config/mergePolicies/{id}" {
				t.Errorf("Op = %q", e.Op)
			}
		})
	}
}

func TestMessageComesFromTheFirstPlaceThatHasOne(t *testing.T) {
	places := []string{
		`"error_description":"W"`, `"detail":"W"`, `"description":"W"`, `"message":"W"`, `"errors":{"400":[{"code":"1","message":"W"}]}`,
		`"report":{"detailed-message":"W"}`, `"report":{"message":"W"}`, `"errorMessage":"W"`, `"title":"W"`, `"error":"W"`,
	}
	for i, place := range places {
		body := "{" + strings.Replace(place, "W", "right", 1)
		for _, later := range places[i+1:] {
			// A second "report" is a second member of that name: left out.
			if !strings.HasPrefix(later, `"report"`) || !strings.Contains(body, `"report"`) {
				body += "," + strings.Replace(later, "W", "wrong", 1)
			}
		}
		if got := parseFailure([]byte(body + "}")).message(nil); got != "right" {
			t.Errorf("message of %s} = %q, want right", body, got)
		}
	}
}

func TestWhatARefusalMeans(t *testing.T) {
	entities := &request{endpoint: postEntities}
	policies := &request{endpoint: getPolicy, ids: []string{"x"}}
	quota := &request{endpoint: getQuota}
	for _, tt := range []struct {
		name   string
		req    *request
		status int
		body   string
		is     []error
		isNot  []error
	}{
		{"unknown profile", entities, 404, `{"statusCode":"404"}`, []error{ErrNotFound}, []error{ErrWrongPolicy, ErrNotLicensed}},
		{"51 identities", entities, 422, `{"message":"Too many related identities"}`, []error{ErrTooManyIdentities}, []error{ErrWrongPolicy}},
		{"no default policy", entities, 422, `{"message":"No default merge policy"}`, []error{ErrWrongPolicy}, []error{ErrTooManyIdentities, ErrNotFound}},
		{"unknown policy", entities, 404, `{"message":"UPS-MRG-1000002: mergePolicyId x not found"}`, []error{ErrWrongPolicy}, []error{ErrNotFound}},
		{"unknown policy elsewhere", policies, 404, `{"message":"merge policy x not found"}`, []error{ErrNotFound}, []error{ErrWrongPolicy}},
		{"throttled", entities, 429, `[]`, []error{ErrThrottled}, []error{ErrUnavailable}},
		{"look-up not bought", entities, 403, `{"message":"Access denied","statusCode":"403"}`, []error{ErrNotLicensed, ErrForbidden}, []error{ErrUnauthorized}},
		{"hygiene not bought", quota, 403, ``, []error{ErrNotLicensed}, nil},
		{"hygiene absent", quota, 404, ``, []error{ErrNotLicensed}, []error{ErrNotFound}},
		{"audiences not enabled", policies, 403, `{"type":"https://ns.adobe.com/aep/errors/UPAPI-113740-403"}`, []error{ErrNotLicensed}, nil},
		{"not entitled at the gateway", policies, 403, `{"error_code":"403025","message":"Profile is not valid"}`, []error{ErrNotLicensed}, []error{ErrUnauthorized}},
		{"sandbox closed", entities, 403, `{"detail":"The sandbox is not accessible"}`, []error{ErrForbidden}, []error{ErrNotLicensed, ErrUnauthorized}},
		{"permission missing", entities, 403, `{"detail":"Permission view-profiles is missing"}`, []error{ErrForbidden}, []error{ErrNotLicensed}},
		{"no token", entities, 403, `{"error_code":"403010","message":"Oauth token is missing"}`, []error{ErrUnauthorized}, []error{ErrNotLicensed}},
		{"no key", quota, 403, `{"error_code":"403000"}`, []error{ErrUnauthorized}, []error{ErrNotLicensed}},
		{"unknown key", entities, 403, `{"error_code":"403003"}`, []error{ErrUnauthorized}, nil},
		{"wrong organisation", entities, 403, `{"error_code":"403027"}`, []error{ErrUnauthorized}, nil},
		{"no organisation", entities, 400, `{"error_code":"400003"}`, []error{ErrUnauthorized}, nil},
		{"expired", entities, 401, `{"error_code":"401013"}`, []error{ErrUnauthorized}, nil},
		{"conflict", policies, 409, ``, []error{ErrConflict}, nil},
		{"broken", entities, 500, ``, []error{ErrUnavailable}, []error{ErrTimeout}},
		{"slow behind the gateway", entities, 504, ``, []error{ErrTimeout, ErrUnavailable}, nil},
		{"elsewhere", entities, 307, ``, []error{ErrRedirect}, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := &http.Response{StatusCode: tt.status, Header: http.Header{}, Body: http.NoBody}
			if tt.body != "" {
				res.Body = newOnce([]byte(tt.body))
			}
			err := refusal(tt.req, "op", "id", res, time.Now())
			for _, want := range tt.is {
				if !errors.Is(err, want) {
					t.Errorf("%v is not %v", err, want)
				}
			}
			for _, not := range tt.isNot {
				if errors.Is(err, not) {
					t.Errorf("%v is %v", err, not)
				}
			}
		})
	}
}

func TestErrorsMadeElsewhereMatchToo(t *testing.T) {
	for _, tt := range []struct {
		err  *Error
		want error
	}{
		{&Error{Status: 404}, ErrNotFound},
		{&Error{Status: 429}, ErrThrottled},
		{&Error{Status: 503}, ErrUnavailable},
		{&Error{Status: 422, Err: ErrTooManyIdentities}, ErrTooManyIdentities},
		{&Error{Err: ErrOpen}, ErrUnavailable},
		{&Error{Err: ErrBudget}, ErrThrottled},
	} {
		if !errors.Is(tt.err, tt.want) {
			t.Errorf("%v is not %v", tt.err, tt.want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name, header, ms string
		want             time.Duration
	}{
		{"seconds", "7", "", 7 * time.Second},
		{"fraction", "0.5", "", 500 * time.Millisecond},
		{"date", now.Add(90 * time.Second).Format(http.TimeFormat), "", 90 * time.Second},
		{"date gone by", now.Add(-time.Hour).Format(http.TimeFormat), "", 0},
		{"old date form", now.Add(time.Minute).Format(time.RFC850), "", time.Minute},
		{"milliseconds of the body", "", "1500", 1500 * time.Millisecond},
		{"header before body", "2", "9000", 2 * time.Second},
		{"nothing", "", "", 0},
		{"nonsense", "soon", "x", 0},
		{"negative", "-4", "", 0},
		{"not a number", "NaN", "", 0},
		{"for ever", "1e300", "", time.Hour},
		{"next year", now.AddDate(1, 0, 0).Format(http.TimeFormat), "", time.Hour},
		{"infinite", "+Inf", "", time.Hour},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := retryAfter(tt.header, tt.ms, now); got != tt.want {
				t.Errorf("retryAfter(%q, %q) = %v, want %v", tt.header, tt.ms, got, tt.want)
			}
		})
	}
}

func TestRetryAfterReachesTheError(t *testing.T) {
	if e := refused(t, 429, `{}`, "Retry-After", "3"); e.RetryAfter != 3*time.Second {
		t.Errorf("RetryAfter = %v, want 3s", e.RetryAfter)
	}
	if e := refused(t, 429, `[{"retryAfterMs":"500","statusCode":"429"}]`); e.RetryAfter != 500*time.Millisecond {
		t.Errorf("RetryAfter = %v, want 500ms", e.RetryAfter)
	}
}

func TestRequestIDOfAStrangeAnswerIsOurs(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("x-request-id", "rosa.l@northwind.example")
		w.WriteHeader(500)
	})
	c, _ := p.client(t, func(cfg *Config) { cfg.Tries = 1 })
	_, err := c.MergePolicies.List(WithRequestID(t.Context(), "mine"), "dev")
	var e *Error
	if !errors.As(err, &e) || e.RequestID != "mine" {
		t.Errorf("err = %v, want request id mine", err)
	}
	for _, id := range []string{"", "a b", "é", strings.Repeat("x", 129), "a\nb"} {
		if got := requestID(WithRequestID(t.Context(), id)); got == id || !tidyID(got) {
			t.Errorf("requestID with %q = %q, want a new one", id, got)
		}
	}
}

func TestErrorText(t *testing.T) {
	e := &Error{Op: "POST access/entities", Status: 422, Message: "rosa.l@northwind.example", RequestID: "r-1", Code: "UPS-MRG-1000001", Err: ErrTooManyIdentities}
	if diff := cmp.Diff("POST access/entities: status 422 (UPS-MRG-1000001): too many linked identities [request r-1]", e.Error()); diff != "" {
		t.Error(diff)
	}
	e = &Error{Op: "GET idnamespace/identities", Err: ErrNoSandbox}
	if diff := cmp.Diff("GET idnamespace/identities: no sandbox named", e.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestCodesThatCouldNameSomebodyAreNotTaken(t *testing.T) {
	for _, body := range []string{
		`{"error_code":"900117"}`, `{"error_code":"rosa.l@northwind.example"}`, `{"type":"https://x/Rosa-Lindqvist-1"}`, `{"message":"ROSA-1: x"}`,
		`{"title":"Rosa"}`, `{"error":"rosa"}`, `{"report":{"code":"71833402196650012345678901234567890123"}}`, `{"error_code":"40101399"}`,
	} {
		if got := parseFailure([]byte(body)).code(); got != "" {
			t.Errorf("code of %s = %q, want none", body, got)
		}
	}
}
