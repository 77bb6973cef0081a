package handlers

import (
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/views"
)

// stripOf is what pages say of a sandbox: Adobe's facts, and the level that the
// policy gives it.
func stripOf(policy *auth.Policy, s lookup.Sandbox) views.Sandbox {
	rules := policy.Sandbox(s.Name, s.Type)
	return views.Sandbox{
		Name: s.Name, Title: s.Title, Type: s.Type, Level: rules.Level, Region: s.Region, OnePerson: rules.OnePerson(),
	}
}
