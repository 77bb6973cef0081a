package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"profiledesk/internal/audit"
)

func TestStatusPage(t *testing.T) {
	s := newSite(t)
	s.parts = func() []Part {
		return []Part{{Name: "idp", State: "ok", Since: testNow}, {Name: "policy", State: "bad", Why: "line 3, column 1: unknown key"}}
	}
	s.switchNow = func() (Switch, error) {
		return Switch{Frozen: true, By: "Ada Admin", At: testNow.Add(-time.Hour), Reason: "an incident"}, nil
	}
	body := s.get("analysts", "/status").Body.String()
	if got := marks(body, "part"); len(got) != 2 || !strings.Contains(got[1], `data-name="policy"`) || !strings.Contains(got[1], `data-state="bad"`) {
		t.Errorf("parts: %v", got)
	}
	for _, want := range []string{"Ada Admin", "an incident", "line 3, column 1"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if len(marks(body, "freeze-form"))+len(marks(body, "release-form")) > 0 {
		t.Error("an analyst is shown the admin's forms")
	}
	if len(marks(body, "banner")) == 0 {
		t.Error("nothing says that changes are frozen")
	}
	body = s.get("admins", "/status").Body.String()
	wantMark(t, body, "freeze-form", `action="/status/freeze"`)
	if len(marks(body, "release-form")) > 0 {
		t.Error("there is nothing to release, and yet a form")
	}
	s.switchNow = func() (Switch, error) { return Switch{Held: true}, nil }
	wantMark(t, s.get("admins", "/status").Body.String(), "release-form", `action="/status/release"`)
	s.switchNow = func() (Switch, error) { return Switch{}, errors.New("disk I/O error") }
	wantStatus(t, s.get("admins", "/status"), http.StatusOK)
}

func TestFreezeAndLift(t *testing.T) {
	s := newSite(t)
	done := acts{}
	var events []*audit.Event
	s.freeze = func(o Once, on bool, e *audit.Event) error {
		if on != (e.Kind == audit.FreezeSet) {
			t.Errorf("on=%t comes with %s", on, e.Kind)
		}
		return done.once(o, func() { events = append(events, e) })
	}
	set := url.Values{"op": {"OPOPOPOP"}, "on": {"1"}, "reason": {" an incident "}}
	for range 2 {
		rec := s.post("admins", "/status/freeze", set)
		wantStatus(t, rec, http.StatusSeeOther)
		if got := rec.Header().Get("Location"); got != "/status" {
			t.Errorf("the form leads to %s", got)
		}
	}
	wantStatus(t, s.post("admins", "/status/freeze", url.Values{"op": {"OPOPOPOP"}, "on": {"0"}, "reason": {"an incident"}}), http.StatusConflict)
	wantStatus(t, s.post("admins", "/status/freeze", url.Values{"op": {"OPOPOPO2"}, "on": {"0"}, "reason": {"it is over"}}), http.StatusSeeOther)
	if len(events) != 2 {
		t.Fatalf("%d events, want 2", len(events))
	}
	want := &audit.Event{
		Kind: audit.FreezeSet, Op: "OPOPOPOP", Actor: audit.Actor{Issuer: "https://idp", Subject: "s1", Name: "Rita Reader"},
		Groups: []string{"admins"}, Right: "admin", Allowed: events[0].Allowed, Reason: "an incident", IP: "192.0.2.1", RequestID: "REQ1",
	}
	if diff := cmp.Diff(want, events[0]); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	if events[1].Kind != audit.FreezeLifted {
		t.Errorf("the second event is %s", events[1].Kind)
	}
}

func TestRelease(t *testing.T) {
	s := newSite(t)
	var got *audit.Event
	s.release = func(_ Once, e *audit.Event) error { got = e; return nil }
	wantStatus(t, s.post("admins", "/status/release", url.Values{"op": {"OPOPOPOP"}, "reason": {"drill"}}), http.StatusSeeOther)
	if got == nil || got.Kind != audit.LogReleased || got.Reason != "drill" {
		t.Errorf("event = %+v", got)
	}
	s.release = func(Once, *audit.Event) error { return errors.New("disk I/O error") }
	wantStatus(t, s.post("admins", "/status/release", url.Values{"op": {"OPOPOPO2"}, "reason": {"drill"}}), http.StatusServiceUnavailable)
}

func TestReasonsAreChecked(t *testing.T) {
	s := newSite(t)
	s.freeze = func(Once, bool, *audit.Event) error { t.Error("frozen"); return nil }
	s.release = func(Once, *audit.Event) error { t.Error("released"); return nil }
	for name, reason := range map[string]string{
		"empty": "", "blank": "  ", "e-mail": "asked by ana@example.com", "CPF": "for 123.456.789-09", "long": strings.Repeat("a", 501), "control": "a\x07b",
	} {
		for _, path := range []string{"/status/freeze", "/status/release"} {
			rec := s.post("admins", path, url.Values{"op": {"OPOPOPOP"}, "on": {"1"}, "reason": {reason}})
			if rec.Code != http.StatusUnprocessableEntity {
				t.Errorf("%s: POST %s = %d, want 422", name, path, rec.Code)
			}
			if strings.Contains(rec.Body.String(), "reason.") {
				t.Errorf("%s: the page shows a key", name)
			}
		}
	}
	for name, form := range map[string]url.Values{
		"no op":    {"on": {"1"}, "reason": {"an incident"}},
		"no on":    {"op": {"OPOPOPOP"}, "reason": {"an incident"}},
		"wrong on": {"op": {"OPOPOPOP"}, "on": {"yes"}, "reason": {"an incident"}},
	} {
		if rec := s.post("admins", "/status/freeze", form); rec.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: POST = %d, want 422", name, rec.Code)
		}
	}
}
