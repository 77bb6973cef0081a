package web

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

const returnBytes = 1500 // it travels in a cookie

// back is the page that a sign-in comes back to: target if that is a page of
// ours that takes a session, else "/". Nothing of a foreign address survives.
func (s *server) back(target string) string {
	if len(target) > returnBytes || !strings.HasPrefix(target, "/") || !plain(target) {
		return "/"
	}
	u, err := url.ParseRequestURI(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" {
		return "/"
	}
	if u.Path != path.Clean(u.Path) || u.EscapedPath() != u.Path || !s.isPage(u.Path) {
		return "/"
	}
	if u.RawQuery == "" {
		return u.Path
	}
	q := u.Query()
	q.Del("kept")
	if len(q) == 0 {
		return u.Path
	}
	return u.Path + "?" + q.Encode()
}

// plain says whether target is made of visible ASCII without a backslash:
// browsers read that as a slash, and leave control characters out.
func plain(target string) bool {
	for i := 0; i < len(target); i++ {
		if target[i] <= ' ' || target[i] >= 0x7f || target[i] == '\\' {
			return false
		}
	}
	return true
}

// isPage says whether the table answers GET at path to somebody with a session.
func (s *server) isPage(path string) bool {
	for i := range s.table {
		r := &s.table[i]
		if r.Method == http.MethodGet && r.Right != auth.Public && fits(r.Path, path) {
			return true
		}
	}
	return false
}

// fits says whether path is pattern with each name in braces replaced by one
// non-empty segment.
func fits(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		name, csv := strings.CutSuffix(want[i], ".csv")
		switch {
		case strings.HasPrefix(name, "{"):
			if got[i] == "" || csv && !strings.HasSuffix(got[i], ".csv") {
				return false
			}
		case want[i] != got[i]:
			return false
		}
	}
	return true
}

// formPage is the page that holds the form which was posted to route.
func (s *server) formPage(c echo.Context, route *Route) string {
	if c.Request().Method == http.MethodGet {
		return s.back(c.Request().URL.RequestURI())
	}
	if route.Form == "" {
		return "/"
	}
	page := route.Form
	for i, name := range c.ParamNames() {
		page = strings.ReplaceAll(page, "{"+name+"}", c.ParamValues()[i])
	}
	return s.back(page)
}

// htmxPage is the page that htmx was on: the request's own address may be that
// of a part of it.
func (s *server) htmxPage(r *http.Request, otherwise string) string {
	u, err := url.Parse(r.Header.Get("HX-Current-URL"))
	if err != nil || u.Scheme != s.public.Scheme || !s.isOurs(u.Host) {
		return otherwise
	}
	if page := s.back(u.RequestURI()); page != "/" {
		return page
	}
	return otherwise
}
