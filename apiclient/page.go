package apiclient

import (
	"net/url"
	"strings"
)

// maxPages ends a listing that does not end by itself.
const maxPages = 500

// page is one page of a listing: what is on it, and the token of the next one,
// empty on the last.
type page[T any] struct {
	items []T
	next  string
}

// collect reads pages until one is empty or names no next one. A listing that
// repeats a token or has more than maxPages ends in ErrEndless, beside what was
// collected. An error on a later page loses nothing that came before it.
func collect[T any](op string, fetch func(token string) (page[T], error)) ([]T, error) {
	var all []T
	seen := map[string]bool{}
	token := ""
	for range maxPages {
		p, err := fetch(token)
		if err != nil {
			return all, err
		}
		all = append(all, p.items...)
		if len(p.items) == 0 || p.next == "" {
			return all, nil
		}
		if seen[p.next] {
			break
		}
		token = p.next
		seen[token] = true
	}
	return all, &Error{Op: op, Err: ErrEndless}
}

// link is a link in any of the platform's spellings: an object with href, or the
// bare address.
type link struct {
	Href string `json:"href"`
}

// queryOf returns the parameters of a link. Links are never followed: their hosts
// and paths vary and some are wrong, but what stands behind the question mark is
// good on the address we know.
func queryOf(href string) url.Values {
	_, query, ok := strings.Cut(href, "?")
	if !ok {
		return nil
	}
	q, err := url.ParseQuery(query)
	if err != nil {
		return nil
	}
	return q
}
