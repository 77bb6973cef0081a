package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"profiledesk/handlers"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/store"
	"profiledesk/web"
)

// people keeps sessions, forms and preferences, each change together with the
// event that tells of it.
type people struct {
	store *store.Store
	now   func() time.Time
}

// eventOf begins an event about u, from the request of ctx.
func eventOf(ctx context.Context, kind string, u auth.User) *audit.Event {
	return &audit.Event{
		Kind: kind, Actor: audit.Actor{Issuer: u.Issuer, Subject: u.Subject, Name: u.Name}, Groups: u.Groups,
		IP: auth.ClientIPFrom(ctx), RequestID: auth.RequestIDFrom(ctx),
	}
}

func (p people) Start(ctx context.Context, s auth.Session, replaces string) error {
	return p.store.Tx(ctx, func(tx *store.Tx) error {
		if replaces != "" {
			if err := p.end(ctx, tx, replaces, auth.EndReplaced, s.Created); err != nil {
				return err
			}
		}
		if err := tx.PutSession(ctx, s); err != nil {
			return err
		}
		return tx.Append(ctx, eventOf(ctx, audit.SessionStart, s.User))
	})
}

func (p people) Get(ctx context.Context, id string) (auth.Session, error) {
	return p.store.Session(ctx, id)
}

func (p people) Touch(ctx context.Context, id string, at time.Time) error {
	return p.store.Touch(ctx, id, at)
}

func (p people) Renewed(ctx context.Context, id string, u auth.User, tokens []byte) error {
	return p.store.Tx(ctx, func(tx *store.Tx) error {
		kept, err := tx.Session(ctx, id)
		if err != nil || !kept.Ended.IsZero() {
			return err
		}
		kept.User.Groups, kept.User.GroupsAt, kept.User.Name, kept.User.Email = u.Groups, u.GroupsAt, u.Name, u.Email
		kept.Tokens = tokens
		return tx.PutSession(ctx, kept)
	})
}

func (p people) End(ctx context.Context, id, why string, at time.Time) error {
	return p.store.Tx(ctx, func(tx *store.Tx) error { return p.end(ctx, tx, id, why, at) })
}

// end ends a living session with its event; another one is left as it is.
func (p people) end(ctx context.Context, tx *store.Tx, id, why string, at time.Time) error {
	s, err := tx.Session(ctx, id)
	if errors.Is(err, auth.ErrNoSession) {
		return nil
	}
	if err != nil {
		return err
	}
	ended, err := tx.EndSession(ctx, id, why, at)
	if err != nil || !ended {
		return err
	}
	return tx.Append(ctx, endOf(ctx, s.User, why))
}

func endOf(ctx context.Context, u auth.User, why string) *audit.Event {
	e := eventOf(ctx, audit.SessionEnd, u)
	e.Outcome = why
	return e
}

// logoutMemory is how long a logout token is remembered: far longer than one is
// accepted.
const logoutMemory = 24 * time.Hour

func (p people) EndBy(ctx context.Context, l auth.Logout, at time.Time) (ended int, err error) {
	err = p.store.Tx(ctx, func(tx *store.Tx) error {
		used, err := tx.UseLogoutToken(ctx, l.Issuer, l.JTI, at.Add(logoutMemory))
		if err != nil {
			return err
		}
		if used {
			return auth.ErrLogoutReplay
		}
		gone, err := tx.EndSessionsBy(ctx, l.Issuer, l.SID, l.Subject, auth.EndBackchannel, at)
		if err != nil {
			return err
		}
		ended = len(gone)
		for _, s := range gone {
			if err := tx.Append(ctx, endOf(ctx, s.User, auth.EndBackchannel)); err != nil {
				return err
			}
		}
		return nil
	})
	return ended, err
}

func (p people) Refused(ctx context.Context, reason string) error {
	e := eventOf(ctx, audit.SessionRefused, auth.User{})
	e.Outcome = reason
	return p.store.Record(ctx, e)
}

func (p people) Denied(ctx context.Context, d web.Denial) {
	e, allowed := eventOf(ctx, audit.AccessDenied, auth.UserFrom(ctx)), false
	e.Allowed, e.Right, e.Sandbox, e.Target = &allowed, string(d.Right), d.Sandbox, d.Method+" "+d.Path
	p.store.RecordLater(e)
}

func (p people) Keep(ctx context.Context, f auth.KeptForm) error {
	return p.store.Tx(ctx, func(tx *store.Tx) error { return tx.KeepForm(ctx, f) })
}

func (p people) Take(ctx context.Context, id, issuer, subject string, since time.Time) (auth.KeptForm, error) {
	var f auth.KeptForm
	err := p.store.Tx(ctx, func(tx *store.Tx) error {
		var err error
		f, err = tx.TakeForm(ctx, id, issuer, subject)
		return err
	})
	if errors.Is(err, store.ErrNoForm) || err == nil && f.At.Before(since) {
		return auth.KeptForm{}, web.ErrNoForm
	}
	return f, err
}

// once runs do in a transaction in which the form's op is taken: a form that
// was sent twice acts once.
func (p people) once(ctx context.Context, o handlers.Once, do func(*store.Tx) error) error {
	return p.store.Tx(ctx, func(tx *store.Tx) error {
		_, seen, conflict, err := tx.TakeOp(ctx, o.Op, o.Actor, o.Values)
		switch {
		case err != nil:
			return err
		case conflict:
			return handlers.ErrOpUsed
		case seen:
			return nil
		}
		return do(tx)
	})
}

func (p people) Preference(ctx context.Context, u auth.User) (handlers.Preference, error) {
	kept, err := p.store.Preferences(ctx, u.Issuer, u.Subject)
	return handlers.Preference{Language: kept.Language, Zone: kept.Zone, ShortcutsOff: !kept.Shortcuts}, err
}

func (p people) SavePreference(ctx context.Context, u auth.User, o handlers.Once, want handlers.Preference) error {
	return p.once(ctx, o, func(tx *store.Tx) error {
		return tx.PutPreferences(ctx, u.Issuer, u.Subject, store.Preferences{Language: want.Language, Zone: want.Zone, Shortcuts: !want.ShortcutsOff})
	})
}

func (p people) SessionsOf(ctx context.Context, u auth.User) ([]auth.Session, error) {
	all, err := p.store.SessionsOf(ctx, u.Issuer, u.Subject)
	living := all[:0]
	for _, s := range all {
		if _, over := s.Over(p.now()); !over {
			living = append(living, s)
		}
	}
	return living, err
}

func (p people) EndSession(ctx context.Context, u auth.User, o handlers.Once, id string) error {
	return p.once(ctx, o, func(tx *store.Tx) error {
		s, err := tx.Session(ctx, id)
		if err != nil {
			return err
		}
		if !s.User.Is(u) {
			return auth.ErrNoSession
		}
		return p.end(ctx, tx, id, auth.EndRevoked, p.now())
	})
}

func (p people) RevokeHandle(ctx context.Context, u auth.User, o handlers.Once, id string) error {
	return p.once(ctx, o, func(tx *store.Tx) error {
		revoked, err := tx.RevokeHandle(ctx, id, lookup.PersonOf(u), p.now())
		if err == nil && !revoked {
			return lookup.ErrNoHandle
		}
		return err
	})
}

func (p people) Switch(ctx context.Context) (handlers.Switch, error) {
	f, err := p.store.Freeze(ctx)
	return handlers.Switch{Frozen: f.On, By: f.Actor, At: f.At, Reason: f.Reason, Held: p.store.Restored()}, err
}

func (p people) Freeze(ctx context.Context, o handlers.Once, on bool, e *audit.Event) error {
	return p.once(ctx, o, func(tx *store.Tx) error {
		if err := tx.SetFreeze(ctx, store.Freeze{On: on, Reason: e.Reason, Actor: e.Actor.Name, At: p.now()}); err != nil {
			return err
		}
		return tx.Append(ctx, e)
	})
}

func (p people) Release(ctx context.Context, o handlers.Once, e *audit.Event) error {
	err := p.store.Release(ctx, e)
	if errors.Is(err, store.ErrNotHeld) {
		return nil // released already: by this form sent twice, or by another admin
	}
	if err != nil {
		return fmt.Errorf("release the log: %w", err)
	}
	return nil
}
