//go:build linux

package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// With a disk that takes nothing more, a look-up answers 503, shows nobody, and
// makes no call; what touches no personal data goes on.
func TestFullDiskStopsLookupsOnly(t *testing.T) {
	s := &story{}
	if err := s.start(t.TempDir(), io.Discard); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	if err := s.signedIn("analyst"); err != nil {
		t.Fatal(err)
	}
	status, page, _ := s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {"ana.souza@example.com"}})
	if status != http.StatusSeeOther {
		t.Fatalf("look-up with room on the disk: %d, want 303", status)
	}
	profile := page.Path
	if status, _, body := s.ask(t, http.MethodGet, profile, nil); status != 200 || !strings.Contains(body, "Souza") {
		t.Fatalf("profile with room on the disk: %d", status)
	}

	s.limitFiles(t, 1024)
	before := s.lastCall(t)
	for _, ask := range []struct {
		method, path string
		form         url.Values
	}{
		{http.MethodPost, "/s/dev/profiles", url.Values{"q": {"ana.souza@example.com"}}},
		{http.MethodGet, profile, nil},
	} {
		status, _, body := s.ask(t, ask.method, ask.path, ask.form)
		if status != http.StatusServiceUnavailable {
			t.Errorf("%s %s with a full disk: %d, want 503", ask.method, ask.path, status)
		}
		for _, secret := range []string{"Souza", "person.name", "ana.souza@example.com\""} {
			if ask.method == http.MethodGet && strings.Contains(body, secret) {
				t.Errorf("%s with a full disk shows %q", ask.path, secret)
			}
		}
	}
	for _, call := range s.calls(t, before) {
		if strings.HasPrefix(call, "/data/core/ups/access") || strings.HasPrefix(call, "/data/core/identity") {
			t.Errorf("with a full disk the platform was asked: %s", call)
		}
	}
	if status, _, body := s.ask(t, http.MethodGet, "/readyz", nil); status != http.StatusServiceUnavailable || !strings.Contains(body, `"ready":false`) {
		t.Errorf("/readyz with a full disk: %d %s, want 503", status, body)
	}
	if status, _, _ := s.ask(t, http.MethodGet, "/access", nil); status != http.StatusOK {
		t.Errorf("/access with a full disk: %d, want 200", status)
	}

	s.limitFiles(t, unix.RLIM_INFINITY)
	if status, _, _ := s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {"ana.souza@example.com"}}); status != http.StatusSeeOther {
		t.Errorf("look-up with room again: %d, want 303", status)
	}
}

// limitFiles makes the demo's files unable to grow beyond size.
func (s *story) limitFiles(t *testing.T, size uint64) {
	t.Helper()
	var hard unix.Rlimit
	if err := unix.Prlimit(s.process.Process.Pid, unix.RLIMIT_FSIZE, nil, &hard); err != nil {
		t.Fatal(err)
	}
	if err := unix.Prlimit(s.process.Process.Pid, unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: size, Max: hard.Max}, nil); err != nil {
		t.Fatal(err)
	}
}

// ask sends a request as the present browser and returns status, Location and
// body.
func (s *story) ask(t *testing.T, method, path string, form url.Values) (int, *url.URL, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.lines["ready"]+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", s.lines["ready"])
	}
	resp, err := s.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	next, err := resp.Location()
	if err != nil {
		next = &url.URL{}
	}
	return resp.StatusCode, next, string(body)
}

// journal are the emulator's calls after seq.
func (s *story) journal(t *testing.T, after string) []call {
	t.Helper()
	resp, err := http.Get(s.lines["control"] + "/journal?after=" + after)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var list []call
	for in := json.NewDecoder(resp.Body); in.More(); {
		var one call
		if err := in.Decode(&one); err != nil {
			t.Fatal(err)
		}
		list = append(list, one)
	}
	return list
}

// call is one line of the emulator's journal.
type call struct {
	Seq     json.Number
	Path    string
	Query   string
	Headers map[string]any
	Body    string
}

func (s *story) lastCall(t *testing.T) string {
	t.Helper()
	last := "0"
	for _, c := range s.journal(t, "0") {
		last = c.Seq.String()
	}
	return last
}

func (s *story) calls(t *testing.T, after string) []string {
	t.Helper()
	var paths []string
	for _, c := range s.journal(t, after) {
		paths = append(paths, c.Path)
	}
	return paths
}
