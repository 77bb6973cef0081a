package handlers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/views"
)

// Error renders what err means to the person at the screen. The server logs it
// with the request's line; nothing of Adobe's own words stands in either.
func (p *Pages) Error(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	pr := problem(err)
	if pr.Status == http.StatusServiceUnavailable && (pr.Wait > 0 || pr.Key == "throttled") {
		c.Response().Header().Set(echo.HeaderRetryAfter, seconds(pr.Wait))
	}
	page := p.bare(c, "error."+pr.Key)
	if render(c, pr.Status, views.ProblemPage(page, pr)) != nil && !c.Response().Committed {
		_ = c.String(http.StatusInternalServerError, "Internal error. Request "+page.RequestID+"\n") // nothing is left to say it with
	}
}

// refuse is an error with its status and the key of its words.
func refuse(status int, key string) error { return echo.NewHTTPError(status, key) }

var errNotFound = refuse(http.StatusNotFound, "not_found")

// badForm is a form that cannot be read. Its cause quotes what was sent, so it
// goes no further.
func badForm(error) error { return refuse(http.StatusBadRequest, "unreadable_form") }

// storeError is a failure of what keeps our own data: nothing was done.
type storeError struct{ err error }

func (e storeError) Error() string { return e.err.Error() }
func (e storeError) Unwrap() error { return e.err }

// kept wraps a failure of the store. What it refuses for a reason of the
// reader's stays what it is.
func kept(what string, err error) error {
	return storeError{fmt.Errorf("%s: %w", what, err)}
}

// outcomeError is a profile that cannot be shown any more, though it was found
// when its handle was made.
type outcomeError struct {
	outcome lookup.Outcome
	wait    time.Duration
	err     error // cause, nil where the outcome says it all
}

func (e *outcomeError) Error() string {
	if e.err == nil {
		return "open profile: " + string(e.outcome)
	}
	return fmt.Sprintf("open profile: %s: %v", e.outcome, e.err)
}

func (e *outcomeError) Unwrap() error { return e.err }

// keyOfOutcome are the words for it.
var keyOfOutcome = map[lookup.Outcome]string{
	lookup.Unknown: "no_such_profile", lookup.TooMany: "too_many", lookup.WrongPolicy: "wrong_policy",
	lookup.NotLicensed: "not_licensed", lookup.Throttled: "throttled",
}

// problem says what err means to the person at the screen.
func problem(err error) views.Problem {
	var he *echo.HTTPError
	var api *apiclient.Error
	var store storeError
	var outcome *outcomeError
	switch {
	case errors.As(err, &he):
		return views.Problem{Status: he.Code, Key: keyOf(he)}
	case errors.Is(err, audit.ErrNotRecorded):
		return views.Problem{Status: http.StatusServiceUnavailable, Key: "nothing_recorded"}
	case errors.Is(err, lookup.ErrNoHandle), errors.Is(err, lookup.ErrNoSandbox), errors.Is(err, auth.ErrNoSession), errors.Is(err, ErrNoRow):
		return views.Problem{Status: http.StatusNotFound, Key: "not_found"}
	case errors.Is(err, lookup.ErrCapped):
		return views.Problem{Status: http.StatusTooManyRequests, Key: "too_often"}
	case errors.Is(err, ErrNoOp):
		return views.Problem{Status: http.StatusUnprocessableEntity, Key: "no_op"}
	case errors.Is(err, ErrOpUsed):
		return views.Problem{Status: http.StatusConflict, Key: "op_used"}
	case errors.As(err, &outcome) && outcome.outcome != lookup.Down:
		return views.Problem{Status: statusOf[outcome.outcome], Key: keyOfOutcome[outcome.outcome], Wait: outcome.wait}
	case errors.As(err, &api):
		return apiProblem(api)
	case outcome != nil:
		return views.Problem{Status: http.StatusBadGateway, Key: "platform_failed"}
	case errors.Is(err, context.DeadlineExceeded):
		return views.Problem{Status: http.StatusGatewayTimeout, Key: "too_slow"}
	case errors.As(err, &store):
		return views.Problem{Status: http.StatusServiceUnavailable, Key: "store_failed"}
	}
	return views.Problem{Status: http.StatusInternalServerError, Key: "broken"}
}

// apiProblem is for what Adobe answered, or did not. Its 401 and 403 are about
// our credential, not about the reader.
func apiProblem(err *apiclient.Error) views.Problem {
	for _, m := range []struct {
		is     error
		status int
		key    string
	}{
		{apiclient.ErrThrottled, http.StatusServiceUnavailable, "throttled"},
		{apiclient.ErrTimeout, http.StatusGatewayTimeout, "too_slow"},
		{apiclient.ErrNotLicensed, http.StatusBadGateway, "not_licensed"},
		{apiclient.ErrTooManyIdentities, http.StatusUnprocessableEntity, "too_many"},
		{apiclient.ErrWrongPolicy, http.StatusUnprocessableEntity, "wrong_policy"},
		{apiclient.ErrUnauthorized, http.StatusBadGateway, "credential_refused"},
		{apiclient.ErrForbidden, http.StatusBadGateway, "credential_refused"},
		{apiclient.ErrTooLarge, http.StatusBadGateway, "answer_too_large"},
		{apiclient.ErrNotFound, http.StatusNotFound, "no_such_profile"},
	} {
		if errors.Is(err, m.is) {
			return views.Problem{Status: m.status, Key: m.key, Wait: err.RetryAfter}
		}
	}
	return views.Problem{Status: http.StatusBadGateway, Key: "platform_failed", Wait: err.RetryAfter}
}

// keysByStatus are the words for refusals that bring none of their own.
var keysByStatus = map[int]string{
	http.StatusBadRequest:            "unreadable_form",
	http.StatusUnauthorized:          "signed_out",
	http.StatusForbidden:             "no_right",
	http.StatusNotFound:              "not_found",
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusConflict:              "op_used",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnsupportedMediaType:  "media_type",
	http.StatusMisdirectedRequest:    "wrong_host",
	http.StatusUnprocessableEntity:   "invalid",
	http.StatusLocked:                "frozen",
	http.StatusTooManyRequests:       "too_often",
	http.StatusBadGateway:            "platform_failed",
	http.StatusServiceUnavailable:    "store_failed",
	http.StatusGatewayTimeout:        "too_slow",
}

// keyOf takes the message of an echo error where it is a key. The router's own
// messages are sentences with capitals.
func keyOf(he *echo.HTTPError) string {
	key, _ := he.Message.(string)
	for _, r := range key {
		if (r < 'a' || r > 'z') && r != '_' {
			key = ""
			break
		}
	}
	if key != "" {
		return key
	}
	if key = keysByStatus[he.Code]; key != "" {
		return key
	}
	return "broken"
}

// seconds writes a wait for Retry-After: whole seconds, one at least. Where
// nobody said how long, five.
func seconds(d time.Duration) string {
	if d <= 0 {
		d = 5 * time.Second
	}
	return strconv.Itoa(int(math.Ceil(d.Seconds())))
}

// trouble is the code of what kept one panel from being shown.
func trouble(err error) views.Trouble {
	if err == nil {
		return ""
	}
	return views.Trouble(problem(err).Key)
}
