package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// flock is what is planted: kind → the words to look for afterwards.
type flock map[string][]string

func (f flock) plant(kind, word string) string {
	f[kind] = append(f[kind], word)
	return word
}

func digits(n int) string {
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
	d, err := rand.Int(rand.Reader, limit)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("%0*d", n, d)
}

// Ids, e-mails, tokens and secrets that pass through the site stand in no log,
// URL, metric, error page, nor in the database in clear.
func TestCanariesAreNowhere(t *testing.T) {
	s, f, log, dir := &story{}, flock{}, &bytes.Buffer{}, t.TempDir()
	if err := s.start(dir, log); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	if err := s.signedIn("analyst"); err != nil {
		t.Fatal(err)
	}
	var pages, addresses []string
	note := func(status int, to *url.URL, body string) {
		if status >= 400 && !strings.Contains(body, `data-testid="lookup-form"`) { // the form keeps what was typed
			pages = append(pages, body)
		}
		addresses = append(addresses, to.String())
	}
	f.lookUp(t, s, note)
	f.askAround(t, s, note)
	f.knownPeople(t, s, note)
	f.secrets(t, s, dir)
	metrics := fetch(t, s.lines["metrics"]+"/metrics")
	for _, c := range s.journal(t, "0") {
		addresses = append(addresses, c.Path+"?"+c.Query)
	}
	if err := s.stop(nil, nil, nil); err != nil {
		t.Errorf("the site ended with %v", err)
	}
	planted := 0
	for kind, words := range f {
		planted += len(words)
		for _, word := range words {
			for where, text := range map[string]string{
				"the log": log.String(), "metrics": metrics, "an error page": strings.Join(pages, "\n"), "an address": strings.Join(addresses, "\n"),
			} {
				if contains(text, word) {
					t.Errorf("%s: %q is in %s", kind, word, where)
				}
			}
			if file := inFiles(t, dir, word); file != "" {
				t.Errorf("%s: %q is in %s", kind, word, file)
			}
		}
	}
	if planted < 200 || len(pages) < 20 || log.Len() == 0 || metrics == "" {
		t.Errorf("%d canaries, %d error pages, %d bytes of log: too few to say anything", planted, len(pages), log.Len())
	}
}

// lookUp plants e-mails, phones, ECIDs and ids that are looked up.
func (f flock) lookUp(t *testing.T, s *story, note func(int, *url.URL, string)) {
	for range 40 {
		note(s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {f.plant("e-mail", "canary"+strings.ToLower(rand.Text())+"@example.com")}}))
		note(s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"namespace": {"CRMId"}, "id": {f.plant("customer number", "C"+digits(14))}}))
	}
	for range 20 {
		note(s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {f.plant("ECID", digits(38))}}))
		note(s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {"+55119" + f.plant("phone", digits(8))}}))
		note(s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {"<script>" + f.plant("markup", "Canary"+rand.Text()) + "</script>"}}))
	}
}

// askAround plants what a stranger or a broken client might send anywhere.
func (f flock) askAround(t *testing.T, s *story, note func(int, *url.URL, string)) {
	for range 12 {
		note(s.ask(t, http.MethodGet, "/s/dev/profiles/"+f.plant("handle", rand.Text()[:20]), nil))
		note(s.ask(t, http.MethodGet, "/nowhere/"+f.plant("path", "canary"+rand.Text()), nil))
		note(s.ask(t, http.MethodPost, "/me", url.Values{"language": {f.plant("field", "canary"+rand.Text())}}))
		note(s.ask(t, http.MethodGet, "/auth/callback?code="+f.plant("code", rand.Text())+"&state="+f.plant("state", rand.Text()), nil))
		s.askWith(t, "User-Agent", f.plant("user agent", "canary"+rand.Text()))
		s.askWith(t, "Referer", "https://example.com/?"+f.plant("referrer", "canary"+rand.Text()))
		s.askWith(t, "Authorization", "Bearer "+f.plant("authorization", "canary"+rand.Text()))
		s.askWith(t, "X-Request-Id", f.plant("request id", "canary"+rand.Text()))
	}
}

func (s *story) askWith(t *testing.T, header, value string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.lines["ready"]+"/access", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(header, value)
	resp, err := s.browser.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

// knownPeople shows real profiles, whose names and ids are canaries too.
func (f flock) knownPeople(t *testing.T, s *story, note func(int, *url.URL, string)) {
	for _, name := range []string{"ana.souza", "both", "odd", "empty", "many.events"} {
		status, to, body := s.ask(t, http.MethodPost, "/s/dev/profiles", url.Values{"q": {f.plant("known e-mail", name+"@example.com")}})
		note(status, to, body)
		if status != http.StatusSeeOther {
			t.Fatalf("look up %s: %d", name, status)
		}
		status, to, body = s.ask(t, http.MethodGet, to.Path, nil)
		note(status, to, body)
	}
	f.plant("a customer's number", "C-0004711")
	f.plant("a customer's ECID", "71833402196650012345678901234567890123")
}

// secrets are the site's own: cookies, tokens, and the secrets of its settings.
func (f flock) secrets(t *testing.T, s *story, dir string) {
	site, err := url.Parse(s.lines["ready"])
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range s.browser.Jar.Cookies(site) {
		if strings.HasPrefix(cookie.Name, "profiledesk") {
			f.plant("cookie", cookie.Value)
		}
	}
	for _, c := range s.journal(t, "0") {
		if bearer, ok := strings.CutPrefix(fmt.Sprint(c.Headers["authorization"]), "Bearer "); ok {
			f.plant("access token", bearer)
			break
		}
	}
	env, err := os.ReadFile(filepath.Join(dir, "env"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(env)) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		if strings.Contains(name, "SECRET") || strings.HasSuffix(name, "_KEY") {
			f.plant(name, strings.Trim(value, "'"))
		}
	}
	if len(f["cookie"]) == 0 || len(f["access token"]) == 0 {
		t.Errorf("no cookie or no token was seen: %d, %d", len(f["cookie"]), len(f["access token"]))
	}
}

// contains looks for word as it is and as it may stand in an address.
func contains(text, word string) bool {
	return strings.Contains(text, word) || strings.Contains(text, url.QueryEscape(word)) || strings.Contains(text, url.PathEscape(word))
}

// inFiles is the file of the data folder that holds word; the files that are
// there to hold the secrets apart.
func inFiles(t *testing.T, dir, word string) string {
	t.Helper()
	found := ""
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || d.Name() == "env" || d.Name() == "keys" {
			return err
		}
		text, err := os.ReadFile(path)
		if bytes.Contains(text, []byte(word)) {
			found = d.Name()
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func fetch(t *testing.T, address string) string {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var text bytes.Buffer
	if _, err := text.ReadFrom(resp.Body); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
