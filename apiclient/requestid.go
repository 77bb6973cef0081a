package apiclient

import (
	"context"
	"crypto/rand"
)

type requestIDKey struct{}

// WithRequestID returns a context whose calls carry id as x-request-id, so that
// the caller's own trace and Adobe's meet. An id that is empty, longer than 128
// characters or holds anything but letters, digits, '-', '_' and '.' is ignored:
// the call makes one of its own.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// requestID returns the id for one call: the caller's, or a new one.
func requestID(ctx context.Context) string {
	if id, _ := ctx.Value(requestIDKey{}).(string); tidyID(id) {
		return id
	}
	return rand.Text()
}

// tidyID reports whether id may stand in a log: ids come from headers, too.
func tidyID(id string) bool {
	if id == "" || len(id) > 128 {
		return false
	}
	for i := range len(id) {
		c := id[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
