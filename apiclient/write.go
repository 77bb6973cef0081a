package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptrace"
	"sync/atomic"
)

// write makes a call that changes something. It is sent once, whatever comes of
// it: no retry, no new token, no redirect. An error that is [ErrNotSent] means that nothing
// left this process and nothing can have been done; an [*Error] with a Status is
// the platform's refusal; after any other the outcome is unknown, and only the
// platform's own lists can tell.
func (c *Client) write(ctx context.Context, req *request) (*answer, error) {
	k := c.begin(ctx, req)
	a, err := k.writeOnce(ctx)
	k.end(err)
	return a, err
}

func (k *call) writeOnce(ctx context.Context) (*answer, error) {
	if k.req.reads() {
		return nil, k.notSent(k.fail(fmt.Errorf("%w: a read", ErrBadArgument), 0))
	}
	if err := k.req.check(); err != nil {
		return nil, k.notSent(k.fail(err, 0))
	}
	br := k.c.breakers.of(k.req.service(), k.req.sandbox)
	if wait, ok := br.allow(); !ok {
		return nil, k.notSent(k.fail(ErrOpen, wait))
	}
	v := unsaid
	defer func() { br.done(v) }()
	var connected atomic.Bool
	a, err := k.send(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connected.Store(true) },
	}), k.c.writes)
	v = judge(err)
	if err != nil && k.status == 0 && k.surelyUnsent(err, connected.Load()) {
		err = k.notSent(err)
	}
	return a, err
}

// surelyUnsent reports whether no byte of the request can have left: nothing was
// sent at all, or no connection came about. Of a transport that is not net/http's
// own only a failure to dial is believed, since it need not report connections.
func (k *call) surelyUnsent(err error, connected bool) bool {
	if k.attempts == 0 || errors.Is(err, errDial) {
		return true
	}
	_, ours := ownedTransport(k.c.writes)
	return ours && !connected
}

// notSent adds to err that the request never left.
func (k *call) notSent(err error) error {
	var e *Error
	if errors.As(err, &e) {
		e.Err = &unsent{e.Err}
	}
	return err
}

// unsent is a cause that came before the request was sent.
type unsent struct{ err error }

func (u *unsent) Error() string        { return ErrNotSent.Error() + ": " + u.err.Error() }
func (u *unsent) Unwrap() error        { return u.err }
func (u *unsent) Is(target error) bool { return target == ErrNotSent }
