package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"profiledesk/internal/auth"
)

// ErrNoForm says that no form is kept under that id for that person.
var ErrNoForm = errors.New("no such form")

// KeepForm keeps what somebody had typed, sealed, at most
// [auth.KeepFormBytes] of it.
func (t *Tx) KeepForm(ctx context.Context, f auth.KeptForm) error {
	const overhead = 256 // of sealing
	if len(f.Sealed) > auth.KeepFormBytes+overhead {
		return fmt.Errorf("keep form: it has %d bytes", len(f.Sealed))
	}
	_, err := t.ExecContext(ctx, "INSERT INTO kept_form (id, session, issuer, subject, page, sealed, at) VALUES "+places(1, 7),
		f.ID, f.SessionID, f.Issuer, f.Subject, f.Page, f.Sealed, stamp(f.At))
	if err != nil {
		return fmt.Errorf("keep form: %w", err)
	}
	return nil
}

// TakeForm hands a kept form to the person it belongs to, and forgets it. It is
// [ErrNoForm] for anybody else.
func (t *Tx) TakeForm(ctx context.Context, id, issuer, subject string) (auth.KeptForm, error) {
	f := auth.KeptForm{ID: id, Issuer: issuer, Subject: subject}
	var at string
	err := t.QueryRowContext(ctx, "DELETE FROM kept_form WHERE id = $1 AND issuer = $2 AND subject = $3 RETURNING session, page, sealed, at",
		id, issuer, subject).Scan(&f.SessionID, &f.Page, &f.Sealed, &at)
	if none(err) {
		return auth.KeptForm{}, ErrNoForm
	}
	if err != nil {
		return auth.KeptForm{}, fmt.Errorf("take form: %w", err)
	}
	f.At = unstamp(at)
	return f, nil
}

// TakeOp says whether the form that was minted with op has acted already: then
// location is where that one led. conflict is true where it came from another
// actor or with other values. A fresh op is taken by this transaction; SaveOp
// tells where it led.
func (t *Tx) TakeOp(ctx context.Context, op, actor, valuesHash string) (location string, seen, conflict bool, err error) {
	fresh, err := t.changed(ctx, "INSERT INTO op (op, actor, hash, location, at) VALUES ($1, $2, $3, '', $4) ON CONFLICT DO NOTHING",
		op, actor, valuesHash, stamp(t.s.now()))
	if err != nil {
		return "", false, false, fmt.Errorf("take op: %w", err)
	}
	if fresh {
		return "", false, false, nil
	}
	var who, hash string
	if err := t.QueryRowContext(ctx, "SELECT actor, hash, location FROM op WHERE op = $1", op).Scan(&who, &hash, &location); err != nil {
		return "", false, false, fmt.Errorf("take op: %w", err)
	}
	if who != actor || hash != valuesHash {
		return "", true, true, nil
	}
	return location, true, false, nil
}

// SaveOp notes where the form of op led, for the same form sent again.
func (t *Tx) SaveOp(ctx context.Context, op, location string) error {
	if _, err := t.ExecContext(ctx, "UPDATE op SET location = $1 WHERE op = $2", location, op); err != nil {
		return fmt.Errorf("save op: %w", err)
	}
	return nil
}

// Preferences are how somebody wants to see the site. Empty fields are not set.
type Preferences struct {
	Language  string // BCP 47
	Zone      string // IANA
	Shortcuts bool   // whether single keys act
}

// Preferences are those of a person; without any, shortcuts are on.
func (s *Store) Preferences(ctx context.Context, issuer, subject string) (Preferences, error) {
	p := Preferences{Shortcuts: true}
	var shortcuts int
	err := s.k.QueryRowContext(ctx, "SELECT language, zone, shortcuts FROM preference WHERE issuer = $1 AND subject = $2", issuer, subject).
		Scan(&p.Language, &p.Zone, &shortcuts)
	if none(err) {
		return p, nil
	}
	if err != nil {
		return p, fmt.Errorf("read preferences: %w", err)
	}
	p.Shortcuts = shortcuts != 0
	return p, nil
}

// PutPreferences keeps the preferences of a person.
func (t *Tx) PutPreferences(ctx context.Context, issuer, subject string, p Preferences) error {
	shortcuts := 0
	if p.Shortcuts {
		shortcuts = 1
	}
	_, err := t.ExecContext(ctx, `INSERT INTO preference (issuer, subject, language, zone, shortcuts) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (issuer, subject) DO UPDATE SET language = excluded.language, zone = excluded.zone, shortcuts = excluded.shortcuts`,
		issuer, subject, p.Language, p.Zone, shortcuts)
	if err != nil {
		return fmt.Errorf("put preferences: %w", err)
	}
	return nil
}

// Freeze is the switch that stops every write verb.
type Freeze struct {
	On     bool
	Reason string
	Actor  string // name of the admin who set it
	At     time.Time
}

// Freeze is read at each request that would write.
func (s *Store) Freeze(ctx context.Context) (Freeze, error) { return readFreeze(ctx, &s.k, "") }

// Freeze is like that of the store, and keeps the switch as it is until the
// transaction ends.
func (t *Tx) Freeze(ctx context.Context) (Freeze, error) {
	return readFreeze(ctx, t, t.s.dialect.forUpdate)
}

func readFreeze(ctx context.Context, q queryer, lock string) (Freeze, error) {
	var f Freeze
	var on int
	var at string
	err := q.QueryRowContext(ctx, "SELECT is_on, reason, actor, at FROM frozen WHERE one = 1"+lock).Scan(&on, &f.Reason, &f.Actor, &at)
	if err != nil {
		return Freeze{}, fmt.Errorf("read freeze: %w", err)
	}
	f.On, f.At = on != 0, unstamp(at)
	return f, nil
}

// SetFreeze sets or lifts the freeze, on every replica.
func (t *Tx) SetFreeze(ctx context.Context, f Freeze) error {
	on := 0
	if f.On {
		on = 1
	}
	if _, err := t.ExecContext(ctx, "UPDATE frozen SET is_on = $1, reason = $2, actor = $3, at = $4 WHERE one = 1", on, f.Reason, f.Actor, stamp(f.At)); err != nil {
		return fmt.Errorf("set freeze: %w", err)
	}
	return nil
}

// SeePolicy notes the SHA-256 of the policy file that is in force and returns
// the one before. They differ for the first replica that sees a change: that
// one records it.
func (t *Tx) SeePolicy(ctx context.Context, sha256 string) (before string, err error) {
	err = t.QueryRowContext(ctx, "SELECT sha256 FROM policy_seen WHERE one = 1"+t.s.dialect.forUpdate).Scan(&before)
	if err == nil && before != sha256 {
		_, err = t.ExecContext(ctx, "UPDATE policy_seen SET sha256 = $1, at = $2 WHERE one = 1", sha256, stamp(t.s.now()))
	}
	if err != nil {
		return "", fmt.Errorf("see policy: %w", err)
	}
	return before, nil
}
