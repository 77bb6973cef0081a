package apiclient

import (
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// How reads are tried again: from firstWait, doubled each time, never longer than
// longestWait. A platform that asks for more than that is not waited for; the
// error says how long it asked.
const (
	firstWait   = time.Second
	longestWait = 30 * time.Second
	// maxRetryAfter bounds what a Retry-After is believed to mean.
	maxRetryAfter = time.Hour
)

// again says whether a read that ended in err as its try-th attempt is worth
// another one, and after which wait.
func again(err error, try, tries int) (wait time.Duration, ok bool) {
	var e *Error
	if try >= tries || !errors.As(err, &e) || !passing(e) {
		return 0, false
	}
	if e.RetryAfter > longestWait {
		return 0, false
	}
	if e.RetryAfter > 0 {
		return e.RetryAfter + rand.N(e.RetryAfter/10+time.Millisecond), true
	}
	wait = min(firstWait<<min(try-1, 10), longestWait)
	return wait/2 + rand.N(wait/2), true
}

// passing reports whether the failure may be over soon.
func passing(e *Error) bool {
	switch e.Status {
	case 0:
		if errors.Is(e.Err, errOurs) || errors.Is(e.Err, ErrOpen) {
			return false
		}
		return errors.Is(e.Err, ErrUnavailable) || errors.Is(e.Err, ErrTimeout)
	case http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter reads how long the platform asks to wait: the header in seconds or
// as a date, else retryAfterMs of the body, a string of milliseconds.
func retryAfter(header, bodyMs string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	if header == "" {
		ms, err := strconv.ParseFloat(strings.TrimSpace(bodyMs), 64)
		if err != nil {
			return 0
		}
		return bounded(ms, time.Millisecond)
	}
	if s, err := strconv.ParseFloat(header, 64); err == nil {
		return bounded(s, time.Second)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), maxRetryAfter)
	}
	return 0
}

func bounded(n float64, unit time.Duration) time.Duration {
	switch {
	case !(n > 0):
		return 0
	case n >= float64(maxRetryAfter/unit):
		return maxRetryAfter
	}
	return time.Duration(n * float64(unit))
}
