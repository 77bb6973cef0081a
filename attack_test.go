package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// onEvery are the headers that no answer goes without.
var onEvery = []string{
	"Content-Security-Policy", "Cross-Origin-Opener-Policy", "Cross-Origin-Resource-Policy", "X-Content-Type-Options",
	"Referrer-Policy", "Permissions-Policy", "Cache-Control", "X-Request-Id",
}

// raw sends bytes as they are, with the present browser's cookies, and reads one answer.
func (s *story) raw(t *testing.T, line string, headers ...string) (*http.Response, string) {
	t.Helper()
	site, err := url.Parse(s.lines["ready"])
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.DialTimeout("tcp", site.Host, 5*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s HTTP/1.1\r\nConnection: close\r\n", line)
	if !strings.Contains(strings.Join(headers, "\n"), "Host:") {
		fmt.Fprintf(&out, "Host: %s\r\n", site.Host)
	}
	for _, c := range s.browser.Jar.Cookies(site) {
		fmt.Fprintf(&out, "Cookie: %s=%s\r\n", c.Name, c.Value)
	}
	for _, h := range headers {
		fmt.Fprintf(&out, "%s\r\n", h)
	}
	if _, err := conn.Write(append(out.Bytes(), "\r\n"...)); err != nil {
		t.Fatal(err)
	}
	method, _, _ := strings.Cut(line, " ")
	resp, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: method})
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", line, err)
	}
	return resp, string(body)
}

// Whatever is made of a URL, a method or a host, it opens no other door: the
// status is the one said here, nothing of the customer is in the answer, and
// every answer has its headers.
func TestOddRequestsOpenNothing(t *testing.T) {
	s, log := &story{}, &bytes.Buffer{}
	if err := s.start(t.TempDir(), log); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	handle := s.lookedUp(t, "analyst", "odd@example.com")
	page := "/s/dev/profiles/" + handle
	for _, tt := range []struct {
		line    string
		status  int
		headers []string
	}{
		{"GET //s/dev/profiles", 404, nil},
		{"GET /s/dev/profiles/", 404, nil},
		{"GET /S/dev", 404, nil},
		{"GET /s/DEV/profiles", 404, nil},
		{"GET /s/dev%2fprofiles", 404, nil},
		{"GET /s/dev/profiles;x=1", 404, nil},
		{"GET /s/dev.csv", 404, nil},
		{"GET /s/dev/profiles.CSV", 404, nil},
		{"GET /s/prod/../dev/profiles/" + handle, 404, nil},
		{"GET " + strings.Replace(page, "dev", "prod", 1), 404, nil},
		{"GET " + strings.Replace(page, "dev", "prod", 1) + ".csv", 404, nil},
		{"GET " + strings.ToLower(page), 404, nil},
		{"GET " + page + "/", 404, nil},
		{"GET " + page + "%00", 404, nil},
		{"GET " + page + ".csv.csv", 404, nil},
		{"GET /static/%2e%2e/%2e%2e/env", 404, nil},
		{"GET /static/..%2f..%2fenv", 404, nil},
		{"GET /debug/pprof/", 404, nil},
		{"GET /metrics", 404, nil},
		{"HEAD " + page, 405, nil},
		{"PUT " + page, 405, nil},
		{"TRACE " + page, 405, nil},
		{"get " + page, 405, nil},
		{"POST " + page, 405, []string{"X-HTTP-Method-Override: GET", "Content-Length: 0"}},
		{"OPTIONS *", 404, nil},
		{"GET http://evil.example" + page, 421, nil},
		{"GET " + page, 421, []string{"Host: evil.example"}},
		{"GET " + page, 421, []string{"Host: evil.example", "X-Forwarded-Host: 127.0.0.1"}},
		{"GET /audit/1", 403, []string{"HX-Request: true"}},
		{"GET /audit.csv", 403, nil},
		{"POST /logout", 403, []string{"Origin: null", "Content-Length: 0"}},
		{"POST /me", 403, []string{"Sec-Fetch-Site: same-site", "Content-Length: 0"}},
		{"POST /me", 415, []string{"Sec-Fetch-Site: same-origin", "Content-Type: application/json", "Content-Length: 1000"}},
		{"GET /login?return=//evil.example", 303, nil},
		{"GET /login?return=/%5Cevil.example", 303, nil},
		{"GET /login?return=/me%0d%0aSet-Cookie:x=y", 303, nil},
	} {
		resp, body := s.raw(t, tt.line, tt.headers...)
		if resp.StatusCode != tt.status {
			t.Errorf("%s %v: status %d, want %d", tt.line, tt.headers, resp.StatusCode, tt.status)
		}
		if strings.Contains(body, "odd@example.com") || strings.Contains(body, "_northwind") {
			t.Errorf("%s %v: the customer is in the answer", tt.line, tt.headers)
		}
		if to := resp.Header.Get("Location"); to != "" && to != "/" {
			t.Errorf("%s leads to %s", tt.line, to)
		}
		for _, name := range onEvery {
			if resp.Header.Get(name) == "" {
				t.Errorf("%s %v: no %s", tt.line, tt.headers, name)
			}
		}
	}
	s.raw(t, "GET /me", "User-Agent: canary-agent {\"level\":\"ERROR\"} \t[31m")
	if err := s.stop(nil, nil, nil); err != nil {
		t.Error(err)
	}
	if strings.Contains(log.String(), "canary-agent") || strings.Contains(log.String(), "evil.example") {
		t.Error("what a request says of itself is in the log")
	}
}

// A sandbox that one may not enter and one that is not there are answered with
// the same bytes but for the request id, by every route, also to somebody with a
// right on *.
func TestUnknownAndForbiddenAreTheSameBytes(t *testing.T) {
	s := &story{}
	if err := s.start(t.TempDir(), io.Discard); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	for _, who := range []string{"outsider", "admin", "auditor"} {
		if err := s.signedIn(who); err != nil {
			t.Fatal(err)
		}
		for _, r := range printedRoutes(t) {
			if !strings.Contains(r.Path, "{sandbox}") {
				continue
			}
			other := "nosuch2"
			if who == "outsider" {
				other = "dev"
			}
			path := strings.Replace(r.Path, "{handle}", "H1", 1)
			one, two := s.anonymised(t, r.Method, path, "nosuch"), s.anonymised(t, r.Method, path, other)
			if !strings.HasPrefix(one, "404") || one != two {
				t.Errorf("%s %s as %s: %s… and %s… differ", r.Method, r.Path, who, one[:3], two[:3])
			}
		}
	}
}

var requestIDs = regexp.MustCompile(`[A-Z2-7]{26}`)

// anonymised is an answer about a sandbox without that name and without what is
// random: ids of requests and nonces.
func (s *story) anonymised(t *testing.T, method, path, sandbox string) string {
	t.Helper()
	status, _, body := s.ask(t, method, strings.Replace(path, "{sandbox}", sandbox, 1), url.Values{"q": {"a@example.com"}})
	return fmt.Sprint(status, requestIDs.ReplaceAllString(body, "ID"))
}

// What is masked is in no answer, and no search tells whether it is what was
// typed: a masked value that is searched for finds what nonsense finds.
func TestAMaskedValueCannotBeSearchedFor(t *testing.T) {
	s := &story{}
	if err := s.start(t.TempDir(), io.Discard); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	page := "/s/dev/profiles/" + s.lookedUp(t, "analyst", "ana.souza@example.com")
	rows := func(q string) string {
		_, _, body := s.ask(t, http.MethodGet, page+".csv?"+url.Values{"q": {q}}.Encode(), nil)
		return body
	}
	all := rows("")
	masked := 0
	for line := range strings.Lines(all) {
		if !strings.HasSuffix(strings.TrimSpace(line), ",true") {
			continue
		}
		masked++
		if cells := strings.Split(line, ","); cells[1] != "" {
			t.Errorf("a masked row has a value: %s", line)
		}
	}
	if masked < 3 {
		t.Fatalf("%d masked rows: too few to say anything", masked)
	}
	nothing := rows("no such text at all")
	for year := 1930; year < 2012; year++ { // a date of birth, year by year
		for _, line := range strings.Split(rows(fmt.Sprintf("%d-", year)), "\n") {
			if strings.Contains(line, "birth") {
				t.Errorf("%d finds the date of birth: %s", year, line)
			}
		}
	}
	if strings.Count(nothing, "\n") != 1 {
		t.Errorf("nonsense finds %q", nothing)
	}
}

// Each answer about a customer is one act on record, two events with one op:
// page, fragment, CSV, and one that failed; a refusal is none.
func TestEveryAnswerAboutACustomerIsOnePair(t *testing.T) {
	s := &story{}
	if err := s.start(t.TempDir(), io.Discard); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	page := "/s/dev/profiles/" + s.lookedUp(t, "analyst", "ana.souza@example.com")
	s.ask(t, http.MethodGet, page, nil)
	s.ask(t, http.MethodGet, page+"?view=flat&from=200", nil)
	s.ask(t, http.MethodGet, page+".csv", nil)
	s.raw(t, "GET "+page+"?q=name", "HX-Request: true")
	s.raw(t, "GET "+page+"?q=name", "HX-Request: true", "HX-Boosted: true")
	s.ask(t, http.MethodGet, page+"?policy=00000000-0000-0000-0000-000000000000", nil) // asked, and not found
	s.ask(t, http.MethodHead, page, nil)                                               // never asked
	s.ask(t, http.MethodGet, strings.Replace(page, "dev", "prod", 1), nil)
	if err := s.signedIn("auditor"); err != nil {
		t.Fatal(err)
	}
	s.ask(t, http.MethodGet, page, nil)
	acts := map[string]int{} // phases by op
	for wait := time.Now().Add(10 * time.Second); time.Now().Before(wait); time.Sleep(50 * time.Millisecond) {
		clear(acts)
		begun, ended := 0, 0
		for _, cells := range s.logged(t, "profile.view") {
			acts[cells[4]]++
			begun += map[string]int{"before": 1}[cells[3]]
			ended += map[string]int{"after": 1}[cells[3]]
		}
		if begun == ended && len(s.logged(t, "access.denied")) > 0 {
			break
		}
	}
	if len(acts) != 6 {
		t.Errorf("%d acts, want 6", len(acts))
	}
	for op, phases := range acts {
		if phases != 2 {
			t.Errorf("op %s has %d events, want before and after", op, phases)
		}
	}
	if denied := s.logged(t, "access.denied"); len(denied) != 1 {
		t.Errorf("denials %v, want one, the auditor's", denied)
	}
}

// logged are the rows of the log's CSV of that kind.
func (s *story) logged(t *testing.T, kind string) [][]string {
	t.Helper()
	_, _, text := s.ask(t, http.MethodGet, "/audit.csv?kind="+kind, nil)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows[1:]
}
