package apiclient

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"
)

// answer is a successful answer, read whole.
type answer struct {
	status    int
	body      []byte
	requestID string
}

// call is one read under way, over all its attempts.
type call struct {
	c         *Client
	req       *request
	op        string
	requestID string
	began     time.Time
	attempts  int  // requests sent
	status    int  // of the last answer
	renewed   bool // the token was renewed once already
}

// read makes a call that changes nothing, again where that helps.
func (c *Client) read(ctx context.Context, req *request) (*answer, error) {
	k := c.begin(ctx, req)
	a, err := k.tries(ctx)
	k.end(err)
	return a, err
}

func (c *Client) begin(ctx context.Context, req *request) *call {
	return &call{c: c, req: req, op: req.op(), requestID: requestID(ctx), began: c.cfg.Now()}
}

// end tells the observer.
func (k *call) end(err error) {
	if k.c.cfg.Observe == nil {
		return
	}
	k.c.cfg.Observe(Call{
		Op: k.op, Sandbox: k.req.sandbox, Status: k.status,
		Duration: k.c.cfg.Now().Sub(k.began), Attempts: k.attempts, Err: err,
	})
}

// fail is the error of a call that got no answer.
func (k *call) fail(err error, wait time.Duration) error {
	return &Error{Op: k.op, RequestID: k.requestID, RetryAfter: wait, Err: err}
}

func (k *call) tries(ctx context.Context) (*answer, error) {
	if err := k.req.check(); err != nil {
		return nil, k.fail(err, 0)
	}
	var last error
	for try := 1; ; try++ {
		a, err := k.attempt(ctx)
		if err == nil {
			return a, nil
		}
		if last != nil && errors.Is(err, ErrOpen) {
			return nil, last // what made it open says more
		}
		last = err
		wait, ok := again(err, try, k.c.cfg.Tries)
		if !ok || outlasts(ctx, wait) {
			return nil, err
		}
		if k.c.sleep(ctx, wait) != nil {
			return nil, err
		}
	}
}

// attempt asks breaker and budget, sends the request, and once more with a new
// token if the platform does not like the one at hand.
func (k *call) attempt(ctx context.Context) (*answer, error) {
	br := k.c.breakers.of(k.req.service(), k.req.sandbox)
	if wait, ok := br.allow(); !ok {
		return nil, k.fail(ErrOpen, wait)
	}
	v := unsaid
	defer func() { br.done(v) }()

	a, err := k.send(ctx, k.c.reads)
	if !k.renewed && expired(err) {
		k.renewed = true
		a, err = k.send(ctx, k.c.reads)
	}
	v = judge(err)
	return a, err
}

// expired reports whether a new token may help. It does not against a scope that
// the credential never had.
func expired(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.Status == http.StatusUnauthorized && e.Code != codeScope
}

// judge says what err tells about the health of the service.
func judge(err error) verdict {
	var e *Error
	switch {
	case err == nil:
		return well
	case errors.Is(err, context.Canceled), errors.Is(err, errOurs):
		return unsaid
	case !errors.As(err, &e):
		return unsaid
	case e.Status >= 500:
		return ill
	case e.Status != 0:
		return well
	}
	return ill
}

// send is one request and its answer.
func (k *call) send(ctx context.Context, rt http.RoundTripper) (*answer, error) {
	if wait, err := k.c.budget.take(ctx, k.req.sandbox, k.c.sleep); err != nil {
		return nil, k.fail(ours(ctx, err), wait)
	}
	token, err := k.c.tokens.get(ctx)
	if err != nil {
		return nil, k.tokenFailed(ctx, err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, k.c.cfg.AttemptTimeout, errAttempt)
	defer cancel()
	hr, err := k.httpRequest(ctx, token)
	if err != nil {
		return nil, k.fail(&quiet{is: ErrBadArgument, what: "cannot be put into a request"}, 0)
	}
	k.attempts++
	k.status = 0
	res, err := rt.RoundTrip(hr)
	if err != nil {
		return nil, k.fail(sayTransport(ctx, err), 0)
	}
	a, err := k.receive(ctx, res)
	if expired(err) {
		k.c.tokens.refused(token)
	}
	return a, err
}

// tokenFailed passes on what the token service said, under the name of this call.
func (k *call) tokenFailed(ctx context.Context, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return k.fail(ours(ctx, err), 0)
	}
	return &Error{Op: k.op, RequestID: k.requestID, RetryAfter: e.RetryAfter, Message: e.Message, Err: &oursError{err}}
}

func (k *call) httpRequest(ctx context.Context, token string) (*http.Request, error) {
	base := k.c.base
	if k.req.identityHost() {
		base = k.c.identity
	}
	hr, err := http.NewRequestWithContext(ctx, k.req.method, k.req.url(base), http.NoBody)
	if err != nil {
		return nil, err
	}
	if k.req.body != nil {
		hr.Body, hr.ContentLength = newOnce(k.req.body), int64(len(k.req.body))
		if k.req.reads() {
			hr.GetBody = func() (io.ReadCloser, error) { return newOnce(k.req.body), nil }
		}
	}
	h := hr.Header
	h.Set("Authorization", "Bearer "+token)
	h.Set("x-api-key", k.c.cfg.ClientID)
	h.Set("x-gw-ims-org-id", k.c.cfg.OrgID)
	h.Set("x-request-id", k.requestID)
	h.Set("User-Agent", k.c.cfg.UserAgent)
	h.Set("Accept", "application/json")
	if k.req.accept != "" {
		h.Set("Accept", k.req.accept)
	}
	if k.req.sandbox != "" {
		h.Set("x-sandbox-name", k.req.sandbox)
	}
	if k.req.sandboxID != "" {
		h.Set("x-sandbox-id", k.req.sandboxID)
	}
	if k.req.body != nil || k.req.typed {
		h.Set("Content-Type", "application/json")
	}
	return hr, nil
}

// receive reads an answer whole and turns everything but success into an error.
func (k *call) receive(ctx context.Context, res *http.Response) (*answer, error) {
	defer res.Body.Close()
	k.status = res.StatusCode
	id := res.Header.Get("x-request-id")
	if !tidyID(id) {
		id = k.requestID
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, refusal(k.req, k.op, id, res, k.c.cfg.Now())
	}
	body, err := readBody(res, k.c.cfg.MaxBody)
	if err != nil {
		if !errors.Is(err, ErrTooLarge) {
			err = sayTransport(ctx, err)
		}
		return nil, &Error{Op: k.op, RequestID: id, Err: err}
	}
	return &answer{status: res.StatusCode, body: body, requestID: id}, nil
}

// bad is the error for an answer that is not what the call promises.
func (k *request) bad(a *answer) error {
	return &Error{Op: k.op(), Status: a.status, RequestID: a.requestID, Err: ErrBadAnswer}
}
