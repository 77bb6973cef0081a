package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/labstack/echo/v4"
	"golang.org/x/sync/singleflight"

	"profiledesk/internal/auth"
)

const (
	renewWait  = 8 * time.Second // a renewal takes no longer, whoever waits for it
	renewPause = 5 * time.Second // after a try that reached nobody
)

// renewals lets one request of a session at a time ask for its groups: a
// provider that rotates refresh tokens takes a second use for a theft.
type renewals struct {
	group singleflight.Group

	mu      sync.Mutex
	retryAt time.Time // while the provider cannot be reached
}

// fresh returns record with groups that are fresh enough for route. It is nil
// where the provider no longer vouches for the person: the session has ended.
// Where the provider cannot be asked, reads go on for a while with Stale set,
// and all else is refused.
func (s *server) fresh(c echo.Context, route *Route, record *auth.Session) (*auth.Session, error) {
	age := s.since(record.User.GroupsAt)
	if age < auth.GroupsFresh && !route.Fresh {
		return record, nil
	}
	asked := s.Now()
	if !route.Fresh && s.renew.paused(asked) {
		return s.stale(route, record, auth.ErrUnreachable)
	}
	ctx := auth.WithUser(c.Request().Context(), userOf(record))
	got, err := s.ask(ctx, record, asked, route.Fresh)
	switch {
	case err == nil:
		return got, nil
	case errors.Is(err, auth.ErrNoSession):
		return nil, nil
	case errors.Is(err, auth.ErrUnreachable), errors.Is(err, auth.ErrDiscovery), errors.Is(err, auth.ErrHost):
		s.renew.pause(s.Now().Add(renewPause))
		return s.stale(route, record, err)
	case auth.Reason(err) == "other":
		return nil, fail(http.StatusServiceUnavailable, KeyStore, err)
	}
	return nil, s.dismiss(ctx, c, record, err)
}

// ask renews the session, or waits for the request that does. What that one
// was told before we came is not fresh enough for who needs it at once: they
// ask again.
func (s *server) ask(ctx context.Context, record *auth.Session, asked time.Time, fresh bool) (*auth.Session, error) {
	for {
		v, err, shared := s.renew.group.Do(record.ID, func() (any, error) {
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewWait)
			defer cancel()
			return s.renewed(ctx, record, asked, fresh)
		})
		if err != nil {
			return nil, err
		}
		got := v.(*auth.Session)
		if !shared || !fresh || !got.User.GroupsAt.Before(asked) {
			return got, nil
		}
	}
}

// renewed asks the provider, unless somebody did since the record was read.
func (s *server) renewed(ctx context.Context, read *auth.Session, asked time.Time, fresh bool) (*auth.Session, error) {
	record, err := s.Sessions.Get(ctx, read.ID)
	if err != nil {
		return nil, err
	}
	now := s.Now()
	if _, over := record.Over(now); over {
		return nil, auth.ErrNoSession
	}
	at := record.User.GroupsAt
	if fresh && !at.Before(asked) || !fresh && now.Sub(at) < auth.GroupsFresh {
		return &record, nil
	}
	tokens, err := s.openTokens(record.ID, record.Tokens)
	if err != nil {
		return nil, err
	}
	got, err := s.Provider.Refresh(ctx, tokens, record.User.Subject)
	if err != nil {
		return s.afterRefusal(ctx, record, got, err)
	}
	return s.keepRenewed(ctx, record, got, now)
}

// keepRenewed writes what the provider said. Where the store does not take it,
// the groups count all the same: they are newer than what it has.
func (s *server) keepRenewed(ctx context.Context, record auth.Session, got auth.Fresh, at time.Time) (*auth.Session, error) {
	record.User.Groups, record.User.GroupsAt = got.Groups, at
	if got.Name != "" {
		record.User.Name = got.Name
	}
	if got.Email != "" {
		record.User.Email = got.Email
	}
	sealed, err := s.sealTokens(record.ID, got.Tokens)
	if err != nil {
		return nil, err
	}
	record.Tokens = sealed
	if err := s.Sessions.Renewed(ctx, record.ID, record.User, sealed); err != nil {
		s.Logger.ErrorContext(ctx, "renewed groups could not be written", "err", err.Error())
	}
	return &record, nil
}

// afterRefusal keeps a refresh token that was spent on the way to a failure,
// and looks whether another replica has renewed meanwhile: then the refusal was
// of a token that had been used.
func (s *server) afterRefusal(ctx context.Context, record auth.Session, got auth.Fresh, cause error) (*auth.Session, error) {
	now, again := s.Now(), record
	if latest, err := s.Sessions.Get(ctx, record.ID); err == nil {
		again = latest
	}
	if _, over := again.Over(now); !over && again.User.GroupsAt.After(record.User.GroupsAt) {
		return &again, nil
	}
	if got.Tokens.Refresh != "" && errors.Is(cause, auth.ErrUnreachable) {
		if sealed, err := s.sealTokens(record.ID, got.Tokens); err == nil {
			if err := s.Sessions.Renewed(ctx, record.ID, record.User, sealed); err != nil {
				s.Logger.ErrorContext(ctx, "a renewed token could not be written", "err", err.Error())
			}
		}
	}
	return nil, cause
}

// stale decides what goes on with groups that could not be asked for.
func (s *server) stale(route *Route, record *auth.Session, cause error) (*auth.Session, error) {
	record.User.Stale = true
	read := route.Method == http.MethodGet || route.Reads
	usable := s.since(record.User.GroupsAt) < auth.GroupsUsable
	switch {
	case route.Fresh || !read:
	case usable:
		return record, nil
	case route.Right == auth.InSession:
		record.User.Groups = nil // the page is theirs; what it shows by right is not, any more
		return record, nil
	}
	return nil, fail(http.StatusServiceUnavailable, KeyStaleGroups, cause)
}

// dismiss ends a session that the provider no longer renews. The person is
// asked to sign in again, where they learn why.
func (s *server) dismiss(ctx context.Context, c echo.Context, record *auth.Session, cause error) error {
	if err := s.Sessions.End(ctx, record.ID, auth.EndRefused, s.Now()); err != nil {
		return fail(http.StatusServiceUnavailable, KeyStore, err)
	}
	s.Logger.InfoContext(ctx, "the provider no longer renews a session", "request_id", auth.RequestIDFrom(ctx), "reason", auth.Reason(cause))
	ended := *record
	ended.Ended, ended.Why = s.Now(), auth.EndRefused
	c.Set(overKey, ended)
	return nil
}

func (r *renewals) paused(now time.Time) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return now.Before(r.retryAt)
}

func (r *renewals) pause(until time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.retryAt = until
}

// sealTokens seals t for the session with this key.
func (s *server) sealTokens(key string, t auth.Tokens) ([]byte, error) {
	plain, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write tokens: %w", err)
	}
	sealed, err := s.Box.Seal(plain, tokensOf(key))
	if err != nil {
		return nil, fmt.Errorf("seal tokens: %w", err)
	}
	return sealed, nil
}

// openTokens is the reverse of sealTokens. A session without tokens has none.
func (s *server) openTokens(key string, sealed []byte) (auth.Tokens, error) {
	var t auth.Tokens
	if len(sealed) == 0 {
		return t, nil
	}
	plain, err := s.Box.Open(sealed, tokensOf(key))
	if err != nil {
		return t, fmt.Errorf("open tokens: %w: %w", auth.ErrRefused, err) // their key is gone: a new sign-in mends it
	}
	if err := json.Unmarshal(plain, &t); err != nil {
		return t, errors.New("read tokens: not what was sealed")
	}
	return t, nil
}

func tokensOf(key string) []byte { return []byte("session tokens " + key) }
