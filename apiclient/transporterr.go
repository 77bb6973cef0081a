package apiclient

import (
	"context"
	"errors"
	"io"
	"net"
	"syscall"
)

// errAttempt ends an attempt that took too long, as opposed to the caller's time.
var errAttempt = errors.New("attempt timed out")

// errDial marks an error from before there was a connection.
var errDial = errors.New("not connected")

// errOurs marks what is no fault of the service that was called: the caller went
// away, the budget or the token service said no.
var errOurs = errors.New("not the service's doing")

type oursError struct{ err error }

func (e *oursError) Error() string        { return e.err.Error() }
func (e *oursError) Unwrap() error        { return e.err }
func (e *oursError) Is(target error) bool { return target == errOurs }

// ours says what err, from before a request was sent, means.
func ours(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, ErrBudget) {
		return &oursError{sayContext(ctx)}
	}
	return &oursError{err}
}

// sayContext says why ctx ended.
func sayContext(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return &quiet{is: context.Canceled}
	}
	return &quiet{is: ErrTimeout, cause: context.DeadlineExceeded}
}

// sayTransport puts an error of net/http into our own few words: its text may
// quote the URL, a host, or bytes of the answer.
func sayTransport(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		if errors.Is(context.Cause(ctx), errAttempt) {
			return &quiet{is: ErrTimeout}
		}
		return sayContext(ctx)
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		return &quiet{is: ErrUnavailable, what: sayDial(err), cause: errDial}
	}
	for _, known := range []struct {
		cause error
		what  string
	}{
		{syscall.ECONNRESET, "connection reset"},
		{syscall.EPIPE, "connection closed"},
		{io.ErrUnexpectedEOF, "answer cut off"},
		{io.EOF, "connection closed"},
		{net.ErrClosed, "connection closed"},
	} {
		if errors.Is(err, known.cause) {
			return &quiet{is: ErrUnavailable, what: known.what, cause: known.cause}
		}
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &quiet{is: ErrTimeout}
	}
	return &quiet{is: ErrUnavailable, what: "connection failed"}
}

// sayDial says why there is no connection.
func sayDial(err error) string {
	var dns *net.DNSError
	var timeout net.Error
	switch {
	case errors.As(err, &dns):
		return "host name not resolved"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "connection timed out"
	}
	return "no connection"
}
