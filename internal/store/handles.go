package store

import (
	"context"
	"fmt"
	"time"

	"profiledesk/internal/lookup"
)

const handleColumns = "id, sandbox, policy, identity_key, issuer, subject, identity, label, created, used, revoked"

func scanHandle(row scanner) (lookup.Handle, error) {
	var h lookup.Handle
	var created, used, revoked string
	err := row.Scan(&h.ID, &h.Sandbox, &h.Policy, &h.Key, &h.Owner.Issuer, &h.Owner.Subject, &h.Identity, &h.Label, &created, &used, &revoked)
	h.Created, h.Used, h.Revoked = unstamp(created), unstamp(used), unstamp(revoked)
	return h, err
}

func oneHandle(ctx context.Context, q queryer, query string, args ...any) (lookup.Handle, error) {
	h, err := scanHandle(q.QueryRowContext(ctx, query, args...))
	if none(err) {
		return lookup.Handle{}, lookup.ErrNoHandle
	}
	if err != nil {
		return lookup.Handle{}, fmt.Errorf("read handle: %w", err)
	}
	return h, nil
}

// Handle is the handle with that id, a revoked or an old one too, or
// [lookup.ErrNoHandle].
func (s *Store) Handle(ctx context.Context, id string) (lookup.Handle, error) {
	return oneHandle(ctx, &s.k, "SELECT "+handleColumns+" FROM handle WHERE id = $1", id)
}

// HandleBy is the person's handle, not revoked, whose key is one of keys, the
// last used if there are several, or [lookup.ErrNoHandle].
func (t *Tx) HandleBy(ctx context.Context, keys []string, owner lookup.Person) (lookup.Handle, error) {
	var w where
	w.in("identity_key", keys, "")
	w.add("issuer = ? AND subject = ? AND revoked = ''", owner.Issuer, owner.Subject)
	return oneHandle(ctx, t, "SELECT "+handleColumns+" FROM handle"+w.String()+" ORDER BY used DESC, id LIMIT 1"+t.s.dialect.forUpdate, w.args...)
}

// PutHandle writes the handle, in place of the one with its ID if there is one.
func (t *Tx) PutHandle(ctx context.Context, h lookup.Handle) error {
	_, err := t.ExecContext(ctx, "INSERT INTO handle ("+handleColumns+") VALUES "+places(1, 11)+` ON CONFLICT (id) DO UPDATE SET
		sandbox = excluded.sandbox, policy = excluded.policy, identity_key = excluded.identity_key, issuer = excluded.issuer, subject = excluded.subject,
		identity = excluded.identity, label = excluded.label, created = excluded.created, used = excluded.used, revoked = excluded.revoked`,
		h.ID, h.Sandbox, h.Policy, h.Key, h.Owner.Issuer, h.Owner.Subject, h.Identity, h.Label, stamp(h.Created), stamp(h.Used), stamp(h.Revoked))
	if err != nil {
		return fmt.Errorf("put handle: %w", err)
	}
	return nil
}

// HandlesOf are the handles of a person that are not revoked, the last used
// first, at most limit; those of all sandboxes where sandbox is empty.
func (s *Store) HandlesOf(ctx context.Context, owner lookup.Person, sandbox string, limit int) ([]lookup.Handle, error) {
	var w where
	w.add("issuer = ? AND subject = ? AND revoked = ''", owner.Issuer, owner.Subject)
	if sandbox != "" {
		w.add("sandbox = ?", sandbox)
	}
	rows, err := s.r.QueryContext(ctx, "SELECT "+handleColumns+" FROM handle"+w.String()+fmt.Sprintf(" ORDER BY used DESC, id LIMIT %d", limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read handles: %w", err)
	}
	defer rows.Close()
	var list []lookup.Handle
	for rows.Next() {
		h, err := scanHandle(rows)
		if err != nil {
			return nil, fmt.Errorf("read handles: %w", err)
		}
		list = append(list, h)
	}
	return list, rows.Err()
}

// TouchHandle sets when the handle was last used. An unknown one is no error.
func (s *Store) TouchHandle(ctx context.Context, id string, used time.Time) error {
	err := s.softTx(ctx, func(t *Tx) error {
		_, err := t.changed(ctx, "UPDATE handle SET used = $1 WHERE id = $2 AND used < $1", stamp(used), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("touch handle: %w", err)
	}
	return nil
}

// RevokeHandle ends a handle of that person, on every replica, and says whether
// there was one that lived. Whom it named is destroyed with it.
func (t *Tx) RevokeHandle(ctx context.Context, id string, owner lookup.Person, at time.Time) (revoked bool, err error) {
	revoked, err = t.changed(ctx, "UPDATE handle SET revoked = $1, identity = $5, label = $5 WHERE id = $2 AND issuer = $3 AND subject = $4 AND revoked = ''",
		stamp(at), id, owner.Issuer, owner.Subject, []byte{})
	if err != nil {
		return false, fmt.Errorf("revoke handle: %w", err)
	}
	return revoked, nil
}

// SweepHandles destroys the handles that were last used, or revoked, before
// then.
func (s *Store) SweepHandles(ctx context.Context, before time.Time) error {
	err := s.Tx(ctx, func(t *Tx) error {
		_, err := t.ExecContext(ctx, "DELETE FROM handle WHERE used < $1 OR revoked <> '' AND revoked < $1", stamp(before))
		return err
	})
	if err != nil {
		return fmt.Errorf("sweep handles: %w", err)
	}
	return nil
}
