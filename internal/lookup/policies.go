package lookup

import (
	"context"
	"errors"

	"profiledesk/apiclient"
)

const profileSchema = "_xdm.context.profile"

func (s *Service) loadPolicies(ctx context.Context, sandbox string) ([]apiclient.MergePolicy, error) {
	return s.client.MergePolicies.List(ctx, sandbox)
}

func (s *Service) loadDatasets(ctx context.Context, sandbox string) (map[string]string, error) {
	list, err := s.client.Datasets.List(ctx, sandbox, true)
	if err != nil && !errors.Is(err, apiclient.ErrEndless) {
		return nil, err
	}
	names := make(map[string]string, len(list))
	for _, d := range list {
		names[d.ID] = d.Name
	}
	return names, nil
}

// profilePolicies are those of list that merge profiles; others merge accounts.
func profilePolicies(list []apiclient.MergePolicy) []apiclient.MergePolicy {
	var out []apiclient.MergePolicy
	for _, m := range list {
		if m.Schema == "" || m.Schema == profileSchema {
			out = append(out, m)
		}
	}
	return out
}

// policyIn finds a merge policy for profiles by its id.
func policyIn(list []apiclient.MergePolicy, id string) (Policy, bool) {
	for _, m := range profilePolicies(list) {
		if m.ID == id {
			return policyOf(m), true
		}
	}
	return Policy{}, false
}

func policyOf(m apiclient.MergePolicy) Policy {
	return Policy{ID: m.ID, Name: m.Name, Default: m.Default, OnEdge: m.OnEdge, Stitched: m.Stitch != "none", Merge: m.Merge, Updated: m.Updated}
}

// Policies are the merge policies for profiles in a sandbox, for the form. An
// older list may come with an error.
func (s *Service) Policies(ctx context.Context, sandbox string) ([]Policy, error) {
	list, _, err := s.policies.get(ctx, sandbox)
	var out []Policy
	for _, m := range profilePolicies(list) {
		out = append(out, policyOf(m))
	}
	return out, err
}

// Namespace is a kind of identity that can be chosen by hand.
type Namespace struct{ Code, Name string }

// Namespaces are those of a sandbox in which people can be looked up, for the
// form. An older list may come with an error.
func (s *Service) Namespaces(ctx context.Context, sandbox string) ([]Namespace, error) {
	list, _, err := s.namespaces.get(ctx, sandbox)
	var out []Namespace
	for _, ns := range list {
		if !typed(ns, "NON_PEOPLE") {
			out = append(out, Namespace{ns.Code, ns.Name})
		}
	}
	return out, err
}
