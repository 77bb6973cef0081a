package handlers

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
)

// acts keeps ops as a store does.
type acts map[string]Once

// once does act unless it was done, and refuses an op used otherwise.
func (a acts) once(o Once, act func()) error {
	before, seen := a[o.Op]
	switch {
	case seen && before != o:
		return ErrOpUsed
	case !seen:
		a[o.Op] = o
		act()
	}
	return nil
}

func TestPreferencesAreSavedOnce(t *testing.T) {
	s := newSite(t)
	done, saved := acts{}, []Preference{}
	s.save = func(o Once, p Preference) error {
		return done.once(o, func() { saved = append(saved, p) })
	}
	form := url.Values{"op": {"OPOPOPOP"}, "language": {"pt-BR"}, "zone": {"America/Sao_Paulo"}, "shortcuts": {"off"}}
	for range 2 {
		rec := s.post("analysts", "/me", form)
		wantStatus(t, rec, http.StatusSeeOther)
		if got := rec.Header().Get("Location"); got != "/me?saved=1" {
			t.Errorf("the form leads to %s", got)
		}
	}
	want := Preference{Language: "pt-BR", Zone: "America/Sao_Paulo", ShortcutsOff: true}
	if len(saved) != 1 || saved[0] != want {
		t.Errorf("saved %+v, want %+v once", saved, want)
	}
	form.Set("language", "en")
	rec := s.post("analysts", "/me", form)
	wantStatus(t, rec, http.StatusConflict)
	wantMark(t, rec.Body.String(), "error", `data-code="op_used"`)
	form.Del("op")
	wantStatus(t, s.post("analysts", "/me", form), http.StatusUnprocessableEntity)
	if len(saved) != 1 {
		t.Errorf("saved %d times", len(saved))
	}
}

func TestPreferencesKeepWhatTheFormLeavesOut(t *testing.T) {
	s := newSite(t)
	s.preference = func() (Preference, error) {
		return Preference{Language: "pt-BR", Zone: "Europe/Lisbon", ShortcutsOff: true}, nil
	}
	var saved Preference
	s.save = func(_ Once, p Preference) error { saved = p; return nil }
	wantStatus(t, s.post("analysts", "/me", url.Values{"op": {"OPOPOPOP"}, "language": {"en"}}), http.StatusSeeOther)
	if want := (Preference{Language: "en", Zone: "Europe/Lisbon", ShortcutsOff: true}); saved != want {
		t.Errorf("saved %+v, want %+v", saved, want)
	}
}

func TestWrongPreferencesAreShownAgain(t *testing.T) {
	s := newSite(t)
	s.save = func(Once, Preference) error { t.Error("saved"); return nil }
	for field, value := range map[string]string{"language": "de", "zone": "Mars/Base", "zone ": "Local"} {
		rec := s.post("analysts", "/me", url.Values{"op": {"OPOPOPOP"}, strings.TrimSpace(field): {value}})
		wantStatus(t, rec, http.StatusUnprocessableEntity)
		if body := rec.Body.String(); !strings.Contains(body, `aria-invalid="true"`) || strings.Contains(body, "me.invalid") {
			t.Errorf("%s=%s: the page does not say what is wrong", field, value)
		}
	}
}

func TestPagesFollowPreferences(t *testing.T) {
	s := newSite(t)
	s.preference = func() (Preference, error) {
		return Preference{Language: "pt-BR", Zone: "America/Sao_Paulo", ShortcutsOff: true}, nil
	}
	body := s.do(ask{group: "analysts", path: "/access", header: http.Header{"Accept-Language": {"en"}}}).Body.String()
	for _, want := range []string{`lang="pt-BR"`, `data-keys="off"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	s.preference = nil
	body = s.do(ask{group: "analysts", path: "/access", header: http.Header{"Accept-Language": {"pt"}}}).Body.String()
	if !strings.Contains(body, `lang="pt-BR"`) {
		t.Error("the page does not follow the browser")
	}
}

var opField = regexp.MustCompile(`name="op" value="([^"]+)"`)

func TestMePage(t *testing.T) {
	s := newSite(t)
	s.sessions = func() ([]auth.Session, error) {
		return []auth.Session{
			{ID: "current", Created: testNow.Add(-time.Hour), Seen: testNow},
			{ID: "other", Created: testNow.Add(-9*time.Hour - 50*time.Minute), Seen: testNow},
		}, nil
	}
	s.recent = func(sandbox string) ([]lookup.Recent, error) {
		if sandbox != "" {
			t.Errorf("handles of %q alone are asked for", sandbox)
		}
		return []lookup.Recent{{Handle: "H1", Sandbox: "dev", Namespace: "Email", ID: "mine@example.com", Used: testNow}}, nil
	}
	rec := s.get("outsiders", "/me")
	wantStatus(t, rec, http.StatusOK)
	body := rec.Body.String()
	if got := marks(body, "session"); len(got) != 2 || !strings.Contains(got[0], `data-current="true"`) || !strings.Contains(got[1], `data-current="false"`) {
		t.Errorf("sessions: %v", got)
	}
	wantMark(t, body, "handle", `data-handle="H1"`, `data-sandbox="dev"`)
	for _, want := range []string{`action="/me/sessions/other/end"`, `action="/me/handles/H1/revoke"`, `href="/s/dev/profiles/H1"`} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if strings.Contains(body, "mine@example.com") {
		t.Error("somebody without profile.read is told whom their handle names")
	}
	if body := s.get("analysts", "/me").Body.String(); !strings.Contains(body, "mine@example.com") {
		t.Error("somebody with profile.read is not told whom their handle names")
	}
	seen := map[string]bool{}
	for _, m := range opField.FindAllStringSubmatch(body, -1) {
		if seen[m[1]] || !opForm.MatchString(m[1]) {
			t.Errorf("op %q stands in two forms, or is none", m[1])
		}
		seen[m[1]] = true
	}
	if len(seen) < 3 {
		t.Errorf("%d forms have an op, want settings, sessions and handles", len(seen))
	}
}

func TestSessionEnd(t *testing.T) {
	young := auth.Session{Created: testNow, Seen: testNow.Add(time.Hour)}
	old := auth.Session{Created: testNow, Seen: testNow.Add(auth.SessionAbsolute - time.Minute)}
	if got, want := sessionEnd(young), testNow.Add(time.Hour+auth.SessionIdle); !got.Equal(want) {
		t.Errorf("sessionEnd = %v, want the idle end %v", got, want)
	}
	if got, want := sessionEnd(old), testNow.Add(auth.SessionAbsolute); !got.Equal(want) {
		t.Errorf("sessionEnd = %v, want the absolute end %v", got, want)
	}
}

func TestEndSessionAndRevokeHandle(t *testing.T) {
	s := newSite(t)
	done, ended := acts{}, []string{}
	s.endSession = func(o Once, id string) error {
		if id != "mine" {
			return auth.ErrNoSession
		}
		return done.once(o, func() { ended = append(ended, id) })
	}
	s.revoke = func(o Once, handle string) error {
		if handle != "H1" {
			return lookup.ErrNoHandle
		}
		return done.once(o, func() { ended = append(ended, handle) })
	}
	op := url.Values{"op": {"OPOPOPOP"}}
	for _, tt := range []struct {
		path   string
		form   url.Values
		status int
	}{
		{"/me/sessions/mine/end", op, 303},
		{"/me/sessions/mine/end", op, 303},
		{"/me/handles/H1/revoke", op, 409}, // the op of another form
		{"/me/handles/H1/revoke", url.Values{"op": {"OPOPOPO2"}}, 303},
		{"/me/handles/H1/revoke", url.Values{}, 422},
		{"/me/sessions/mine/end", url.Values{}, 422},
		{"/me/sessions/foreign/end", url.Values{"op": {"OPOPOPO3"}}, 404},
		{"/me/handles/FOREIGN/revoke", url.Values{"op": {"OPOPOPO4"}}, 404},
	} {
		rec := s.post("analysts", tt.path, tt.form)
		if rec.Code != tt.status {
			t.Errorf("POST %s %v = %d, want %d", tt.path, tt.form, rec.Code, tt.status)
		}
		if rec.Code == 303 && rec.Header().Get("Location") != "/me" {
			t.Errorf("POST %s leads to %s", tt.path, rec.Header().Get("Location"))
		}
	}
	if got := strings.Join(ended, " "); got != "mine H1" {
		t.Errorf("ended %s, want each once", got)
	}
}
