package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
)

// renewEarly is how long before its end a token is replaced. Of a token that
// lives for less than twice that, half the life is used.
const renewEarly = 5 * time.Minute

// tokens keeps the one token of the credential for all callers.
type tokens struct {
	c      *Client
	ctx    context.Context // ends with Close, not with a caller
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu     sync.Mutex
	value  string
	renew  time.Time // from here on a new one is asked for
	ends   time.Time
	flight *flight // the one request under way, if any
	closed bool
}

// flight is one request for a token, which any number of callers wait for.
type flight struct {
	done  chan struct{}
	value string
	err   error
}

func newTokens(c *Client) *tokens {
	t := &tokens{c: c}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

func (t *tokens) close() {
	t.mu.Lock()
	t.closed = true
	t.mu.Unlock()
	t.cancel()
	t.wg.Wait()
}

// get returns a token that is good for a while. A caller whose ctx ends leaves;
// the request goes on for the others.
func (t *tokens) get(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	t.mu.Lock()
	if t.value != "" && t.c.cfg.Now().Before(t.renew) {
		defer t.mu.Unlock()
		return t.value, nil
	}
	f := t.flight
	if f == nil {
		f = t.takeOff()
	}
	t.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// takeOff starts a request. The caller holds mu.
func (t *tokens) takeOff() *flight {
	f := &flight{done: make(chan struct{})}
	if t.closed {
		f.err = &Error{Op: tokenOp, Err: &quiet{is: ErrUnavailable, what: "client is closed"}}
		close(f.done)
		return f
	}
	t.flight = f
	t.wg.Go(func() {
		value, life, err := t.ask()
		t.land(f, value, life, err)
	})
	return f
}

// land keeps what came of a request. An old token that still has some life left
// serves on where no new one is to be had.
func (t *tokens) land(f *flight, value string, life time.Duration, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.c.cfg.Now()
	switch {
	case err == nil:
		t.value, t.ends = value, now.Add(life)
		t.renew = t.ends.Add(-min(renewEarly, life/2))
	case t.value != "" && now.Before(t.ends):
		t.renew = now.Add(min(10*time.Second, t.ends.Sub(now)))
		value, err = t.value, nil
	}
	f.value, f.err = value, err
	t.flight = nil
	close(f.done)
}

// refused forgets value: the platform would not have it. A newer one stays.
func (t *tokens) refused(value string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.value == value {
		t.value = ""
	}
}

const (
	tokenOp    = "POST token"
	tokenTries = 3
)

// ask asks the token service, again where that helps.
func (t *tokens) ask() (value string, life time.Duration, err error) {
	ctx, cancel := context.WithTimeoutCause(t.ctx, t.c.cfg.AttemptTimeout, errAttempt)
	defer cancel()
	k := &call{c: t.c, req: &request{orgWide: true}, op: tokenOp, requestID: requestID(ctx), began: t.c.cfg.Now()}
	defer func() { k.end(err) }()
	for try := 1; ; try++ {
		value, life, err = t.once(ctx, k)
		if err == nil {
			return value, life, nil
		}
		wait, ok := again(err, try, tokenTries)
		if !ok || outlasts(ctx, wait) || t.c.sleep(ctx, wait) != nil {
			return "", 0, err
		}
	}
}

func (t *tokens) once(ctx context.Context, k *call) (string, time.Duration, error) {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {t.c.cfg.ClientID},
		"client_secret": {t.c.cfg.ClientSecret},
		"scope":         {t.c.cfg.Scopes},
	}.Encode()
	address := strings.TrimRight(t.c.cfg.IMSURL, "/") + "/token/v3"
	hr, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(form))
	if err != nil {
		return "", 0, k.fail(ErrBadArgument, 0)
	}
	hr.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	hr.Header.Set("Accept", "application/json")
	hr.Header.Set("User-Agent", t.c.cfg.UserAgent)
	hr.Header.Set("x-request-id", k.requestID)
	k.attempts++
	k.status = 0
	res, err := t.c.reads.RoundTrip(hr)
	if err != nil {
		return "", 0, k.fail(sayTransport(ctx, err), 0)
	}
	a, err := k.receive(ctx, res)
	if err != nil {
		return "", 0, tokenRefusal(err)
	}
	return k.readToken(a)
}

// tokenRefusal marks a refusal by the token service as one of the credential: it
// says so with a 400.
func tokenRefusal(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Err == nil && e.Status >= 400 && e.Status < 500 && e.Status != http.StatusTooManyRequests {
		e.Err = ErrUnauthorized
	}
	return err
}

func (k *call) readToken(a *answer) (string, time.Duration, error) {
	var in struct {
		Token string `json:"access_token"`
		Type  string `json:"token_type"`
		Life  int64  `json:"expires_in"` // seconds
	}
	bad := &Error{Op: k.op, Status: a.status, RequestID: a.requestID, Err: ErrBadAnswer}
	if err := json.Unmarshal(a.body, &in, lenient); err != nil {
		return "", 0, bad
	}
	if in.Token == "" || !visible(in.Token) || !strings.EqualFold(in.Type, "bearer") || in.Life <= 0 || in.Life > 10*365*24*3600 {
		return "", 0, bad
	}
	return in.Token, time.Duration(in.Life) * time.Second, nil
}
