package apiclient

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// What a call can end in. An [*Error] matches these through [errors.Is]; several
// may match at once, so ask for the more particular one first.
var (
	// ErrNotFound: the platform knows nothing by that name (404).
	ErrNotFound = errors.New("not found")
	// ErrTooManyIdentities: more than 50 identities are linked to that one, and
	// the platform shows no such profile (422).
	ErrTooManyIdentities = errors.New("too many linked identities")
	// ErrWrongPolicy: the merge policy is unknown, or none was named and the
	// sandbox has no default (404 or 422).
	ErrWrongPolicy = errors.New("no such merge policy")
	// ErrThrottled: too many calls, in the platform's opinion (429) or in that of
	// the shared [Budget]. Error.RetryAfter says how long to wait, if known.
	ErrThrottled = errors.New("throttled")
	// ErrNotLicensed: the organisation has not bought or enabled this.
	ErrNotLicensed = errors.New("not licensed")
	// ErrUnauthorized: our own credential was refused, by the token service or by
	// the platform: wrong, expired, for another organisation, or without scope.
	ErrUnauthorized = errors.New("credential refused")
	// ErrForbidden: the credential may not do this here (403): a permission is
	// missing, or the sandbox is unknown or not active.
	ErrForbidden = errors.New("forbidden")
	// ErrConflict: the name is taken or the state has moved on (409).
	ErrConflict = errors.New("conflict")
	// ErrUnavailable: no usable answer: the platform failed (5xx), the connection
	// did, or calls to it are suspended ([ErrOpen]).
	ErrUnavailable = errors.New("platform unavailable")
	// ErrTimeout: no answer in time, ours or the platform's (504).
	ErrTimeout = errors.New("no answer in time")
	// ErrOpen: the service failed repeatedly in this sandbox, so no call is made
	// for Error.RetryAfter. It is an ErrUnavailable.
	ErrOpen = fmt.Errorf("%w: calls suspended after failures", ErrUnavailable)
	// ErrBudget: the shared [Budget] grants no call in time. It is an ErrThrottled.
	ErrBudget = fmt.Errorf("%w: shared call budget is spent", ErrThrottled)
	// ErrTooLarge: the answer is larger than Config.MaxBody.
	ErrTooLarge = errors.New("answer too large")
	// ErrBadAnswer: the answer is not what the call promises: not JSON, cut off,
	// or of another shape.
	ErrBadAnswer = errors.New("answer not understood")
	// ErrRedirect: the answer sends us elsewhere. No redirect is ever followed:
	// the token must not reach another host.
	ErrRedirect = errors.New("redirect refused")
	// ErrEndless: a listing repeated itself or did not end. What was collected
	// until then is returned beside it.
	ErrEndless = errors.New("listing does not end")
	// ErrNotSent: the request certainly never left this process, so nothing can
	// have been done. Only a write says so, and only when it is sure.
	ErrNotSent = errors.New("not sent")

	// ErrNoSandbox: no sandbox was named; the platform would take that for
	// production. No call was made.
	ErrNoSandbox = errors.New("no sandbox named")
	// ErrBadSandbox: the name holds something else than a-z, 0-9 and hyphens. No
	// call was made.
	ErrBadSandbox = errors.New("not a sandbox name")
	// ErrBadArgument: what was asked for cannot be put into a request: an empty
	// id, no identity, too many of them. No call was made.
	ErrBadArgument = errors.New("bad argument")
)

// Error is a call that did not succeed.
//
// Its text holds Op, Status, Code, RequestID and Err: nothing that names a person.
type Error struct {
	Op         string        // "POST access/entities": never the query, which names a person
	Status     int           // HTTP status; 0 if no answer came
	Message    string        // the API's own words, at most 500 characters: may name a person, so never in a log or an event
	RequestID  string        // x-request-id, for a support case
	RetryAfter time.Duration // how long the platform, the budget or the breaker asks to wait; 0 if unknown
	Code       string        // the API's error code in a known form ("401013", "UPAPI-113430-404"), or ""
	Err        error         // cause, one of the sentinels or wrapping one; nil if Status says it all
}

// Error names the operation and what became of it, and never the API's message.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Op)
	b.WriteByte(':')
	if e.Status != 0 {
		b.WriteString(" status ")
		b.WriteString(strconv.Itoa(e.Status))
	}
	if e.Code != "" {
		b.WriteString(" (" + e.Code + ")")
	}
	if e.Err != nil {
		if e.Status != 0 {
			b.WriteByte(':')
		}
		b.WriteString(" " + e.Err.Error())
	}
	if e.RequestID != "" {
		b.WriteString(" [request " + e.RequestID + "]")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is matches the sentinels that the status stands for. A cause that is more
// particular than the status takes its place: an unknown merge policy is no
// unknown profile, although both may be a 404.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.Status == http.StatusNotFound && !errors.Is(e.Err, ErrWrongPolicy) && !errors.Is(e.Err, ErrNotLicensed)
	case ErrUnauthorized:
		return e.Status == http.StatusUnauthorized
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrConflict:
		return e.Status == http.StatusConflict
	case ErrThrottled:
		return e.Status == http.StatusTooManyRequests
	case ErrTimeout:
		return e.Status == http.StatusGatewayTimeout
	case ErrUnavailable:
		return e.Status >= 500
	}
	return false
}

// quiet is an error whose text is ours and whose cause is only there to be
// matched: texts of net/http and of JSON decoders quote URLs and bodies.
type quiet struct {
	is    error // the sentinel it counts as
	what  string
	cause error
}

func (q *quiet) Error() string {
	if q.what == "" {
		return q.is.Error()
	}
	return q.is.Error() + ": " + q.what
}

func (q *quiet) Is(target error) bool {
	return errors.Is(q.is, target) || q.cause != nil && errors.Is(q.cause, target)
}
