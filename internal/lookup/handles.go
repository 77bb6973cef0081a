package lookup

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// touchEvery is how often the last use of a handle is written.
const touchEvery = time.Hour

// handle returns the id of the user's handle for that identity, a new one if
// there is none that lives.
func (s *Service) handle(ctx context.Context, tx Tx, user auth.User, ask Ask, id apiclient.Identity) (string, error) {
	now := s.now().UTC()
	owner := PersonOf(user)
	keys := s.prints.All("handle", ask.Sandbox, ask.Policy, strings.ToLower(namespaceOf(id)), sameID(id.ID))
	h, err := tx.HandleBy(ctx, keys, owner)
	switch {
	case err == nil && s.lives(h):
		h.Used = now
		return h.ID, tx.PutHandle(ctx, h)
	case err != nil && !errors.Is(err, ErrNoHandle):
		return "", fmt.Errorf("find handle: %w", err)
	}
	h = Handle{ID: rand.Text(), Sandbox: ask.Sandbox, Policy: ask.Policy, Key: keys[0], Owner: owner, Created: now, Used: now}
	plain, err := json.Marshal(id)
	if err != nil {
		return "", fmt.Errorf("write identity: %w", err)
	}
	if h.Identity, err = s.box.Seal(plain, identityPlace(h)); err != nil {
		return "", err
	}
	if h.Label, err = s.box.Seal(plain, labelPlace(h)); err != nil {
		return "", err
	}
	return h.ID, tx.PutHandle(ctx, h)
}

// sameID writes ids that are one and the same in one way.
func sameID(id string) string {
	if strings.Contains(id, "@") {
		return strings.ToLower(id)
	}
	return id
}

// Places that sealed values are bound to: they open nowhere else.
func identityPlace(h Handle) []byte { return []byte("handle\x00" + h.ID + "\x00" + h.Sandbox) }
func labelPlace(h Handle) []byte {
	return []byte("label\x00" + h.ID + "\x00" + h.Owner.Issuer + "\x00" + h.Owner.Subject)
}

// lives tells whether the handle can be used.
func (s *Service) lives(h Handle) bool {
	return h.Revoked.IsZero() && s.now().Sub(h.Used) < s.policy().Clocks.Handle
}

// opened returns a handle that lives in sandbox, and whom it names.
func (s *Service) opened(ctx context.Context, sandbox, id string) (Handle, apiclient.Identity, error) {
	var who apiclient.Identity
	h, err := s.store.Handle(ctx, id)
	if err != nil {
		return h, who, fmt.Errorf("open handle: %w", err)
	}
	if h.Sandbox != sandbox || !s.lives(h) {
		return h, who, ErrNoHandle
	}
	plain, err := s.box.Open(h.Identity, identityPlace(h))
	if err != nil {
		return h, who, fmt.Errorf("open handle: %w", err)
	}
	if err := json.Unmarshal(plain, &who); err != nil {
		return h, who, errors.New("open handle: not an identity")
	}
	return h, who, nil
}

// Others are those of handles that live in sandbox and can be opened, by the
// namespace under which each was found. It shows nothing of a profile, so nothing
// is recorded. What is no handle here is left out, whatever it is; an error comes
// with those that could be read.
func (s *Service) Others(ctx context.Context, sandbox string, handles []string) ([]Other, error) {
	var out []Other
	var failed error
	for _, id := range handles {
		_, who, err := s.opened(ctx, sandbox, id)
		switch {
		case err == nil:
			out = append(out, Other{namespaceOf(who), id})
		case !errors.Is(err, ErrNoHandle):
			failed = err
		}
	}
	return out, failed
}

// touch writes that the handle was used, unless that was written lately. That it
// fails is no obstacle: the handle then ends a little earlier.
func (s *Service) touch(ctx context.Context, h Handle) {
	now := s.now().UTC()
	if now.Sub(h.Used) >= touchEvery {
		_ = s.store.TouchHandle(context.WithoutCancel(ctx), h.ID, now)
	}
}

// Recent is one handle of a person, as they alone see it.
type Recent struct {
	Handle    string
	Sandbox   string
	Policy    string // id of the merge policy; empty: the default
	Namespace string // the identity as it was looked up, from the sealed label
	ID        string
	Used      time.Time
}

// recentLimit is how many recent handles are shown.
const recentLimit = 20

// RecentFile is [Service.Recent] for a file that leaves the site: the identities in
// it are on record, as one view, before they are returned. If that fails the error
// is [ErrNotRecorded].
func (s *Service) RecentFile(ctx context.Context, user auth.User, sandbox string) ([]Recent, error) {
	list, err := s.Recent(ctx, user, sandbox)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	a := newAct(ctx, user, audit.ProfileView, sandbox)
	a.asFile()
	a.event.Target = "recent"
	var ids []apiclient.Identity
	for _, one := range list {
		ids = append(ids, apiclient.Identity{Namespace: one.Namespace, ID: one.ID})
	}
	a.event.Subjects = s.subjects(ids)
	if err := s.record(ctx, a); err != nil {
		return nil, err
	}
	after := a.after(string(Found), nil, nil)
	after.Adobe = nil // it was not asked
	s.store.RecordLater(after)
	return list, nil
}

// Recent are the user's own handles that live, the last used first; those of all
// sandboxes where sandbox is empty. What the label of one cannot be opened for
// (its key is gone) it is left out.
func (s *Service) Recent(ctx context.Context, user auth.User, sandbox string) ([]Recent, error) {
	list, err := s.store.HandlesOf(ctx, PersonOf(user), sandbox, recentLimit)
	if err != nil {
		return nil, fmt.Errorf("list handles: %w", err)
	}
	list = slices.DeleteFunc(list, func(h Handle) bool { return !s.lives(h) || h.Owner != PersonOf(user) })
	var out []Recent
	for _, h := range list {
		var who apiclient.Identity
		plain, err := s.box.Open(h.Label, labelPlace(h))
		if err != nil || json.Unmarshal(plain, &who) != nil {
			continue
		}
		out = append(out, Recent{h.ID, h.Sandbox, h.Policy, namespaceOf(who), who.ID, h.Used})
	}
	return out, nil
}
