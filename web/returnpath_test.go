package web

import (
	"bufio"
	"net/url"
	"os"
	"strings"
	"testing"
)

func testServer() *server {
	s := &server{Config: Config{Handlers: testHandlers()}}
	s.table = s.all()
	return s
}

func TestReturnToPagesOfOurs(t *testing.T) {
	s := testServer()
	for _, target := range []string{
		"/", "/s/dev", "/s/dev/profiles", "/s/dev/profiles?policy=p1", "/s/dev/profiles/H1?q=a&tab=attributes", "/s/dev/profiles/H1.csv",
		"/s/dev/profiles.csv", "/audit?actor=x", "/audit/7", "/audit/verify", "/access", "/me", "/status",
	} {
		if got := s.back(target); got != target {
			t.Errorf("back(%q) = %q, want it as it is", target, got)
		}
	}
	for _, odd := range []string{"/m%65", "%2fme", "/%6de"} {
		if got := s.back(odd); got != "/" {
			t.Errorf("back(%q) = %q: another spelling of a page is not that page", odd, got)
		}
	}
	if got := s.back("/me?kept=X&a=b"); got != "/me?a=b" {
		t.Errorf("back keeps the name of a kept form: %q", got)
	}
}

func TestOpenRedirects(t *testing.T) {
	file, err := os.Open("testdata/openredirects.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	s := testServer()
	lines := 0
	for scan := bufio.NewScanner(file); scan.Scan(); lines++ {
		line := scan.Text()
		unquoted, err := url.PathUnescape(line) // also as the query parameter that a server decodes
		for _, target := range []string{line, unquoted} {
			if got := s.back(target); err == nil && got != "/" {
				t.Errorf("back(%q) = %q, want /", target, got)
			}
		}
	}
	if lines < 100 {
		t.Errorf("%d lines in the corpus", lines)
	}
}

func TestReturnThroughTheWholeSignIn(t *testing.T) {
	s := newSite(t)
	for _, target := range []string{"//evil.example", "/\\evil.example", "https://evil.example/", "/login", "/logout", "/static/app.css", "/s/dev/../../x"} {
		a := s.browser().signInBy("/login/start?return="+url.QueryEscape(target), "ana", "aep-analysts")
		if a.to() != "/" {
			t.Errorf("return=%s leads to %q", target, a.to())
		}
	}
}

func FuzzReturnPath(f *testing.F) {
	for _, seed := range []string{"/", "/me", "//evil.example", "/s/dev/profiles?x=1#y", "/\\evil", "/s/%2f%2fevil", "/me?kept=1;a", "/audit/\x00"} {
		f.Add(seed)
	}
	s := testServer()
	f.Fuzz(func(t *testing.T, target string) {
		got := s.back(target)
		u, err := url.Parse(got)
		if err != nil || u.Host != "" || u.Scheme != "" || u.User != nil || !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") {
			t.Fatalf("back(%q) = %q leads away", target, got)
		}
		if strings.ContainsAny(got, "\\\r\n\t\x00 ") || !s.isPage(u.Path) {
			t.Fatalf("back(%q) = %q is no page of ours", target, got)
		}
		if again := s.back(got); again != got {
			t.Fatalf("back(%q) = %q, and of that %q", target, got, again)
		}
	})
}
