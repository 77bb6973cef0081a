package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"profiledesk/e2e/browser"
	"profiledesk/e2e/stand"
)

// recorder is a reporter that a test reads.
type recorder struct{ said []string }

func (r *recorder) Helper()                      {}
func (r *recorder) Errorf(f string, args ...any) { r.said = append(r.said, fmt.Sprintf(f, args...)) }
func (r *recorder) Fatalf(f string, args ...any) { panic(fmt.Sprintf(f, args...)) }

const policy = "default-src 'none'; script-src 'self'; img-src data:; form-action 'self'"

func site(t *testing.T) string {
	mux := http.NewServeMux()
	page := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Security-Policy", policy)
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			fmt.Fprintf(w, `<!doctype html><html lang="en"><head><title>Page</title><link rel="icon" href="data:,"></head><body><main><h1>Page</h1>%s</main></body></html>`, body)
		})
	}
	page("/good", `<form method="post" action="/said"><label>Name <input name="name" value="old"></label><button>Send</button></form>`)
	page("/style", `<p style="color:red">inline</p>`)
	page("/script", `<script src="/throw.js"></script>`)
	page("/bare", `<input name="nameless"><img src="data:,">`)
	mux.HandleFunc("/throw.js", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript")
		fmt.Fprint(w, `throw new Error("broken on purpose")`)
	})
	mux.HandleFunc("POST /said", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><html lang="%s"><link rel="icon" href="data:,"><title>Said</title><p data-testid="said" data-lang="%[1]s">%s</p>`, r.Header.Get("Accept-Language"), r.FormValue("name"))
	})
	srv := httptest.NewServer(mux)
	t.Cleanup(srv.Close)
	return srv.URL
}

func start(t *testing.T) *browser.Browser {
	t.Helper()
	stand.Require(t, stand.Browser)
	b, err := browser.Start(t.Context(), stand.BrowserPath(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Close)
	return b
}

func TestStepsWithAndWithoutScript(t *testing.T) {
	b, url := start(t), site(t)
	for _, v := range []browser.View{browser.Desk, {Width: 390, Height: 800, Language: "pt-BR", NoScript: true}} {
		tab := b.Open(t, v)
		if got := tab.Go(url + "/good"); got != 200 {
			t.Errorf("Go: status %d", got)
		}
		tab.Fill(`[name="name"]`, "naïve ☃")
		if got := tab.Value(`[name="name"]`); got != "naïve ☃" {
			t.Errorf("Value = %q", got)
		}
		tab.Submit("form")
		tab.Wait(browser.Test("said", "data-lang", v.Language))
		if got := tab.Text(browser.Test("said")); got != "naïve ☃" {
			t.Errorf("the form sent %q (script off: %v)", got, v.NoScript)
		}
		if !strings.HasSuffix(tab.URL(), "/said") || tab.Title() != "Said" || tab.Has("form") || tab.Count("p") != 1 {
			t.Errorf("at %s, %q", tab.URL(), tab.Title())
		}
		tab.Close()
	}
}

// What must not pass unseen.
func TestConsoleIsHeard(t *testing.T) {
	b, url := start(t), site(t)
	for _, tt := range []struct{ path, want string }{
		{"/good", ""},
		{"/style", "style"},
		{"/script", "broken on purpose"},
		{"/missing", "404"},
	} {
		r := &recorder{}
		tab := b.Open(r, browser.Desk)
		tab.Go(url + tt.path)
		tab.Wait("body")
		tab.Close()
		said := strings.Join(r.said, "\n")
		if (tt.want == "") != (said == "") || !strings.Contains(said, tt.want) {
			t.Errorf("%s: the console said %q, want something with %q", tt.path, said, tt.want)
		}
	}
	r := &recorder{}
	tab := b.Open(r, browser.Desk)
	tab.Accept(404)
	tab.Go(url + "/missing")
	tab.Close()
	tab = b.Open(r, browser.Desk)
	tab.Foreign(url)
	tab.Go(url + "/style")
	tab.Close()
	if len(r.said) > 0 {
		t.Errorf("accepted and foreign messages were reported: %q", r.said)
	}
}

func TestAxeFinds(t *testing.T) {
	b, url := start(t), site(t)
	stand.Require(t, stand.Node)
	axe, err := browser.LoadAxe(filepath.Join("..", "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	tab := b.Open(t, browser.Desk)
	defer tab.Close()
	tab.Go(url + "/good")
	if got := tab.Axe(axe); len(got) > 0 {
		t.Errorf("a good page: %q", got)
	}
	tab.Go(url + "/bare")
	got := strings.Join(tab.Axe(axe), "\n")
	for _, rule := range []string{"label:", "image-alt:"} {
		if !strings.Contains(got, rule) {
			t.Errorf("axe-core did not find %s in %q", rule, got)
		}
	}
}
