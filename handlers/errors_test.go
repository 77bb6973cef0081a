package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

var problems = []struct {
	name   string
	err    error
	status int
	key    string
}{
	{"log cannot be written", fmt.Errorf("%w: disk full", audit.ErrNotRecorded), 503, "nothing_recorded"},
	{"store cannot be read", kept("read", errors.New("disk I/O error")), 503, "store_failed"},
	{"store is too slow", kept("read", context.DeadlineExceeded), 504, "too_slow"},
	{"unknown handle", lookup.ErrNoHandle, 404, "not_found"},
	{"unknown sandbox", lookup.ErrNoSandbox, 404, "not_found"},
	{"somebody else's session", kept("end", auth.ErrNoSession), 404, "not_found"},
	{"unknown row", kept("read", ErrNoRow), 404, "not_found"},
	{"our caps", lookup.ErrCapped, 429, "too_often"},
	{"no op", ErrNoOp, 422, "no_op"},
	{"op used", kept("save", ErrOpUsed), 409, "op_used"},
	{"form cannot be read", badForm(errors.New("ana@example.com")), 400, "unreadable_form"},
	{"nobody signed in", echo.NewHTTPError(401), 401, "signed_out"},
	{"right is missing", echo.NewHTTPError(403, "no_right"), 403, "no_right"},
	{"from another site", echo.NewHTTPError(403, "cross_origin"), 403, "cross_origin"},
	{"no route", echo.ErrNotFound, 404, "not_found"},
	{"wrong method", echo.ErrMethodNotAllowed, 405, "method_not_allowed"},
	{"large body", echo.ErrStatusRequestEntityTooLarge, 413, "too_large"},
	{"body of another kind", echo.ErrUnsupportedMediaType, 415, "media_type"},
	{"another host", echo.NewHTTPError(421, "wrong_host"), 421, "wrong_host"},
	{"frozen", echo.NewHTTPError(423), 423, "frozen"},
	{"groups too old", echo.NewHTTPError(503, "stale_groups"), 503, "stale_groups"},
	{"our credential refused", &apiclient.Error{Status: 401}, 502, "credential_refused"},
	{"our credential may not", &apiclient.Error{Status: 403}, 502, "credential_refused"},
	{"not licensed", &apiclient.Error{Status: 403, Err: apiclient.ErrNotLicensed}, 502, "not_licensed"},
	{"unknown at Adobe", &apiclient.Error{Status: 404}, 404, "no_such_profile"},
	{"throttled", &apiclient.Error{Status: 429}, 503, "throttled"},
	{"our budget", &apiclient.Error{Err: apiclient.ErrBudget}, 503, "throttled"},
	{"Adobe failed", &apiclient.Error{Status: 500}, 502, "platform_failed"},
	{"Adobe too slow", &apiclient.Error{Status: 504}, 504, "too_slow"},
	{"no answer in time", &apiclient.Error{Err: apiclient.ErrTimeout}, 504, "too_slow"},
	{"answer not understood", &apiclient.Error{Status: 200, Err: apiclient.ErrBadAnswer}, 502, "platform_failed"},
	{"answer too large", &apiclient.Error{Status: 200, Err: apiclient.ErrTooLarge}, 502, "answer_too_large"},
	{"redirect", &apiclient.Error{Status: 302, Err: apiclient.ErrRedirect}, 502, "platform_failed"},
	{"calls suspended", &apiclient.Error{Err: apiclient.ErrOpen}, 502, "platform_failed"},
	{"too many identities", &apiclient.Error{Status: 422, Err: apiclient.ErrTooManyIdentities}, 422, "too_many"},
	{"wrong policy", &apiclient.Error{Status: 404, Err: apiclient.ErrWrongPolicy}, 422, "wrong_policy"},
	{"gone since", &outcomeError{outcome: lookup.Unknown}, 404, "no_such_profile"},
	{"grown since", &outcomeError{outcome: lookup.TooMany, err: &apiclient.Error{Status: 422}}, 422, "too_many"},
	{"throttled since", &outcomeError{outcome: lookup.Throttled, wait: time.Second, err: &apiclient.Error{Status: 429}}, 503, "throttled"},
	{"down since", &outcomeError{outcome: lookup.Down, err: &apiclient.Error{Status: 500}}, 502, "platform_failed"},
	{"slow since", &outcomeError{outcome: lookup.Down, err: &apiclient.Error{Err: apiclient.ErrTimeout}}, 504, "too_slow"},
	{"nonsense since", &outcomeError{outcome: lookup.Down, err: errors.New("unexpected form")}, 502, "platform_failed"},
	{"the reader's time is over", context.DeadlineExceeded, 504, "too_slow"},
	{"a mistake of ours", errors.New("boom"), 500, "broken"},
}

func TestProblem(t *testing.T) {
	for _, tt := range problems {
		t.Run(tt.name, func(t *testing.T) {
			got := problem(fmt.Errorf("wrapped: %w", tt.err))
			if got.Status != tt.status || got.Key != tt.key {
				t.Errorf("problem(%v) = %d %s, want %d %s", tt.err, got.Status, got.Key, tt.status, tt.key)
			}
		})
	}
}

// Every problem has its sentences in both languages, and its page has a status,
// a code and the request id.
func TestErrorPages(t *testing.T) {
	for _, lang := range []string{"en", "pt-BR"} {
		for _, tt := range problems {
			t.Run(lang+"/"+tt.name, func(t *testing.T) {
				s := newSite(t)
				s.echo.GET("/fails", func(echo.Context) error { return tt.err })
				rec := s.do(ask{group: "analysts", path: "/fails", header: http.Header{"Accept-Language": {lang}}})
				wantStatus(t, rec, tt.status)
				body := rec.Body.String()
				wantMark(t, body, "error", `data-code="`+tt.key+`"`)
				if len(marks(body, "request-id")) == 0 || !strings.Contains(body, "REQ1") {
					t.Error("the page has no request id")
				}
				if strings.Contains(body, "error."+tt.key) || strings.Contains(body, "ana@example.com") {
					t.Error("the page shows a key, or what was sent")
				}
			})
		}
	}
}

func TestThrottledSaysHowLongToWait(t *testing.T) {
	for wait, want := range map[time.Duration]string{0: "5", 300 * time.Millisecond: "1", time.Second: "1", 61500 * time.Millisecond: "62"} {
		s := newSite(t)
		s.echo.GET("/fails", func(echo.Context) error { return &apiclient.Error{Status: 429, RetryAfter: wait} })
		rec := s.get("analysts", "/fails")
		if got := rec.Header().Get("Retry-After"); got != want {
			t.Errorf("after %v Retry-After = %q, want %s", wait, got, want)
		}
	}
}

// What Adobe says may name a customer: it stands neither on the page nor in
// what the server logs.
func TestErrorsKeepNoWordsOfAdobe(t *testing.T) {
	const canary = "canary.person@example.com"
	s := newSite(t)
	s.echo.GET("/fails", func(echo.Context) error {
		return &apiclient.Error{Op: "POST access/entities", Status: 500, Message: canary, RequestID: "adobe-1"}
	})
	rec := s.get("analysts", "/fails")
	if strings.Contains(rec.Body.String(), canary) {
		t.Error("the page shows Adobe's message")
	}
	if len(s.errs) != 1 || strings.Contains(s.errs[0].Error(), canary) || !strings.Contains(s.errs[0].Error(), "adobe-1") {
		t.Errorf("the server is given %v, want one error with Adobe's request id and without its message", s.errs)
	}
}

// The strip stands on error pages too, for those who may enter the sandbox.
func TestErrorPagesAreInTheirSandbox(t *testing.T) {
	s := newSite(t)
	s.open = func(string, string, lookup.View) (*lookup.Customer, error) {
		return nil, fmt.Errorf("%w: disk full", audit.ErrNotRecorded)
	}
	s.get("analysts", "/s/prod/profiles")
	known := s.sandboxes
	s.sandboxes = func(auth.User) ([]lookup.Sandbox, error) {
		t.Error("the sandboxes were asked for")
		return nil, nil
	}
	rec := s.get("analysts", "/s/prod/profiles/H")
	wantStatus(t, rec, http.StatusServiceUnavailable)
	wantMark(t, rec.Body.String(), "sandbox-strip", `data-sandbox="prod"`, `data-type="production"`)
	s.sandboxes = known
	rec = s.get("readers", "/s/prod/profiles")
	wantStatus(t, rec, http.StatusNotFound)
	if strings.Contains(rec.Body.String(), `data-sandbox="prod"`) {
		t.Error("a sandbox that may not be entered is named")
	}
}

func TestErrorPageOfAStrangerIsAPage(t *testing.T) {
	rec := newSite(t).get("", "/nowhere")
	wantStatus(t, rec, http.StatusNotFound)
	wantMark(t, rec.Body.String(), "error", `data-code="not_found"`)
}
