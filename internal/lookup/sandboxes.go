package lookup

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"profiledesk/internal/auth"
)

// Sandbox is a sandbox that a user may enter, and what holds in it.
type Sandbox struct {
	Name   string
	Title  string // Name where it has none
	Type   string // "production" or "development"
	Region string
	Rules  auth.SandboxRules
	Stale  bool // the platform could not be asked just now: an older list
}

// Level is that of the policy: "open", "guarded" or "frozen".
func (s Sandbox) Level() string { return s.Rules.Level }

// Production tells whether real customers live there.
func (s Sandbox) Production() bool { return s.Type == "production" }

// Sandboxes are the active sandboxes of the organisation in which the policy gives
// the user any right, production first, then by name. The platform is asked once
// a minute at most. An error means that no list is at hand, not even an older one.
func (s *Service) Sandboxes(ctx context.Context, user auth.User) ([]Sandbox, error) {
	list, have, err := s.sandboxes.get(ctx, "")
	if !have {
		if err == nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("list sandboxes: %w", err)
	}
	policy := s.policy()
	var out []Sandbox
	for _, box := range list {
		if policy.Enters(user.Groups, box.Name) {
			out = append(out, Sandbox{box.Name, cmp.Or(box.Title, box.Name), box.Type, box.Region, policy.Sandbox(box.Name, box.Type), err != nil})
		}
	}
	slices.SortFunc(out, func(a, b Sandbox) int {
		if a.Production() != b.Production() {
			return map[bool]int{true: -1, false: 1}[a.Production()]
		}
		return cmp.Compare(a.Name, b.Name)
	})
	return out, nil
}

// Sandbox is one of [Service.Sandboxes]. One that does not exist and one that the
// user may not enter are both [ErrNoSandbox].
func (s *Service) Sandbox(ctx context.Context, user auth.User, name string) (Sandbox, error) {
	if !s.policy().Enters(user.Groups, name) {
		return Sandbox{}, ErrNoSandbox
	}
	list, err := s.Sandboxes(ctx, user)
	if err != nil {
		return Sandbox{}, err
	}
	for _, box := range list {
		if box.Name == name {
			return box, nil
		}
	}
	return Sandbox{}, ErrNoSandbox
}
