package handlers

import (
	"context"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
)

// event begins an event of the person of ctx, who was allowed what they did.
func event(ctx context.Context, kind string, right auth.Right) *audit.Event {
	u, allowed := auth.UserFrom(ctx), true
	return &audit.Event{
		Kind: kind, Actor: audit.Actor{Issuer: u.Issuer, Subject: u.Subject, Name: u.Name}, Groups: u.Groups,
		Right: string(right), Allowed: &allowed, IP: auth.ClientIPFrom(ctx), RequestID: auth.RequestIDFrom(ctx),
	}
}
