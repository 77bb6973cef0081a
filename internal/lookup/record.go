package lookup

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"profiledesk/apiclient"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// maxSubjects is how many linked identities an event names: a larger graph is not
// shown by the platform.
const maxSubjects = 50

// Outcomes of events that are none of an [Answer].
const outcomeCancelled = "cancelled" // the reader left before the platform answered

// act is one act on personal data. Its two events share op and all else but the
// outcome.
type act struct{ event audit.Event }

// newAct describes an act of user in sandbox, from what ctx carries.
func newAct(ctx context.Context, user auth.User, kind, sandbox string) *act {
	allowed := true
	return &act{audit.Event{
		Kind: kind, Op: rand.Text(),
		Actor:   audit.Actor{Issuer: user.Issuer, Subject: user.Subject, Name: user.Name},
		Groups:  user.Groups,
		Sandbox: sandbox, Right: string(auth.ProfileRead), Allowed: &allowed,
		IP: auth.ClientIPFrom(ctx), RequestID: auth.RequestIDFrom(ctx),
	}}
}

// denied is the event of a look-up that a cap of the policy refuses.
func denied(ctx context.Context, user auth.User, sandbox, limit string) *audit.Event {
	a, allowed := newAct(ctx, user, audit.AccessDenied, sandbox), false
	a.event.Op, a.event.Allowed, a.event.Detail = "", &allowed, map[string]any{"cap": limit}
	return &a.event
}

// asFile makes it an act whose outcome leaves the site as a CSV file.
func (a *act) asFile() {
	a.event.Right, a.event.Detail = string(auth.ExportRun), map[string]any{"csv": true}
}

// before is the event that is committed before anything is asked.
func (a *act) before() *audit.Event {
	e := a.event
	e.Phase = audit.Before
	return &e
}

// after is the event that tells what came of it. Subjects, where given, take the
// place of those of before.
func (a *act) after(outcome string, subjects []string, err error) *audit.Event {
	e := a.event
	e.Phase, e.Outcome = audit.After, outcome
	if len(subjects) > 0 {
		e.Subjects = subjects
	}
	e.Adobe = adobe(outcome, err, e.Op)
	return &e
}

// adobe is what the record keeps of an answer: never its words. Calls carry the op
// as their request id.
func adobe(outcome string, err error, op string) *audit.Adobe {
	var api *apiclient.Error
	switch {
	case err == nil && (outcome == string(Invalid) || outcome == string(WrongPolicy)):
		return nil // it was told before the platform was asked
	case err == nil:
		return &audit.Adobe{Status: 200, RequestID: op}
	case errors.As(err, &api) && (api.Status != 0 || api.RequestID != ""):
		return &audit.Adobe{Status: api.Status, RequestID: api.RequestID}
	}
	return nil
}

// record commits the event before an act.
func (s *Service) record(ctx context.Context, a *act) error {
	err := s.store.Record(ctx, a.before())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrNotRecorded):
		return fmt.Errorf("record %s: %w", a.event.Kind, err)
	}
	return fmt.Errorf("record %s: %w: %w", a.event.Kind, ErrNotRecorded, err)
}

// subjects are the fingerprints of ids, each once, at most maxSubjects.
func (s *Service) subjects(ids []apiclient.Identity) []string {
	seen := map[string]bool{}
	var all []string
	for _, id := range ids {
		print := s.prints.Subject(namespaceOf(id), id.ID)
		if seen[print] {
			continue
		}
		seen[print] = true
		if all = append(all, print); len(all) == maxSubjects {
			break
		}
	}
	return all
}

// namespaceOf is the namespace by which an identity is fingerprinted.
func namespaceOf(id apiclient.Identity) string {
	if id.Namespace == "" {
		return xidNamespace
	}
	return id.Namespace
}
