// Package auth says who somebody is and what they may do where. It knows
// nothing of cookies or of the web framework.
package auth

import (
	"context"
	"time"
)

// User is the person at the other end of a request.
type User struct {
	Issuer  string // of the provider that vouches for them
	Subject string // their id there: with the issuer it is who they are
	Name    string
	Email   string
	Groups  []string

	GroupsAt time.Time // when the provider was last asked for the groups
	AuthTime time.Time // when they last typed their password; zero where the provider does not say
	Session  string    // hash of the session's id: a key of ours, of no use as a cookie
	Stale    bool      // the groups could not be asked for again in time
}

// Known tells whether u is somebody, and not the zero value of a request
// without a session.
func (u User) Known() bool { return u.Issuer != "" && u.Subject != "" }

// Is tells whether u and other are one person: same issuer, same subject.
func (u User) Is(other User) bool {
	return u.Known() && u.Issuer == other.Issuer && u.Subject == other.Subject
}

type contextKey int

const (
	userKey contextKey = iota
	requestKey
	clientKey
)

// WithUser returns a context that carries u.
func WithUser(ctx context.Context, u User) context.Context {
	return context.WithValue(ctx, userKey, u)
}

// UserFrom is the user of ctx, the zero value if there is none.
func UserFrom(ctx context.Context) User {
	u, _ := ctx.Value(userKey).(User)
	return u
}

// WithRequestID returns a context that carries the id of the request.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestKey, id)
}

// RequestIDFrom is the id of the request of ctx, "" if there is none.
func RequestIDFrom(ctx context.Context) string {
	id, _ := ctx.Value(requestKey).(string)
	return id
}

// WithClientIP returns a context that carries the address the request came
// from, trusted proxies taken off.
func WithClientIP(ctx context.Context, ip string) context.Context {
	return context.WithValue(ctx, clientKey, ip)
}

// ClientIPFrom is the address that the request of ctx came from, "" if unknown.
func ClientIPFrom(ctx context.Context) string {
	ip, _ := ctx.Value(clientKey).(string)
	return ip
}
