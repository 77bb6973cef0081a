package views

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// fingerprint is what changes with every build of the assets.
var fingerprint = regexp.MustCompile(`/static/[0-9a-f]{16}/`)

func render(t *testing.T, c templ.Component) string {
	t.Helper()
	var b bytes.Buffer
	if err := c.Render(context.Background(), &b); err != nil {
		t.Fatalf("Render: %v", err)
	}
	return b.String()
}

// pretty breaks a page into lines, one tag each, so that a diff can be read.
func pretty(page string) string {
	page = fingerprint.ReplaceAllString(page, "/static/-/")
	return strings.ReplaceAll(page, "><", ">\n<") + "\n"
}

func TestGolden(t *testing.T) {
	all := stories()
	for name, page := range all {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join("testdata", name+".html")
			got := pretty(render(t, page))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("%v (run: make golden)", err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Errorf("%s differs (-golden +now); if that is meant, run make golden\n%s", file, d)
			}
		})
	}
	files, err := filepath.Glob("testdata/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".html"); all[name] == nil {
			t.Errorf("%s belongs to no story", f)
		}
	}
}

// Every page speaks only through the catalogue: a key that is missing would be
// shown as it is.
var bareKey = regexp.MustCompile(`>\s*([a-z_]+\.[a-z_.]+[a-z])\s*<`)

func TestPagesAreWhole(t *testing.T) {
	ids := regexp.MustCompile(` id="([^"]*)"`)
	for name, page := range stories() {
		t.Run(name, func(t *testing.T) {
			html := render(t, page)
			for _, bad := range []string{"<style", " style=", " onclick=", "javascript:", "hx-on", "{0}", "{n}", ` type=""`} {
				if strings.Contains(html, bad) {
					t.Errorf("the page holds %q", bad)
				}
			}
			if n := strings.Count(html, "<h1"); n != 1 {
				t.Errorf("%d h1, want 1", n)
			}
			seen := map[string]bool{}
			for _, m := range ids.FindAllStringSubmatch(html, -1) {
				if seen[m[1]] {
					t.Errorf("id %q stands twice", m[1])
				}
				seen[m[1]] = true
			}
			for _, m := range bareKey.FindAllStringSubmatch(html, -1) {
				if strings.Contains(m[1], "example") || !book.Printer("en", nil, now).Has(m[1]) {
					continue
				}
				t.Errorf("the page shows the key %q", m[1])
			}
			for _, form := range strings.Split(html, "<form")[1:] {
				form, _, _ = strings.Cut(form, "</form>")
				free := strings.Contains(form, `method="get"`) || strings.Contains(form, `method="dialog"`) ||
					strings.Contains(form, "logout-form") || strings.Contains(form, "lookup-form") || strings.Contains(form, "subject-form")
				if !free && !strings.Contains(form, `name="op" value="`) {
					t.Errorf("a form that changes something has no op: %.120s", form)
				}
			}
		})
	}
}

func TestTitles(t *testing.T) {
	for _, tt := range []struct {
		page Page
		want string
	}{
		{reader("en", "lookup.title", "/s/dev/profiles", dev), "Profiles · dev · Profile Desk"},
		{reader("en", "lookup.title", "/s/prod/profiles", prod), "PRODUCTION · Profiles · prod · Profile Desk"},
		{reader("pt-BR", "lookup.title", "/s/stage/profiles", stage), "PRODUÇÃO · Perfis · stage · Profile Desk"},
		{reader("en", "me.title", "/me", nil), "Settings · Profile Desk"},
	} {
		if got := tt.page.docTitle(); got != tt.want {
			t.Errorf("docTitle() = %q, want %q", got, tt.want)
		}
	}
}

// The first 200 rows of a large profile fit into 100 KB, all of the page included.
func TestTwoHundredRows(t *testing.T) {
	v := Profile{Handle: "h", Name: "Ana", Attributes: Attributes{View: "flat", Total: 5000, Matched: 5000, Rows: manyRows(200), More: "?from=200"}}
	html := render(t, ProfilePage(reader("en", "profile.title", "/s/dev/profiles/h", dev), v))
	if got := len(html); got > 100_000 {
		t.Errorf("the page takes %d bytes, 100000 are the most", got)
	}
	if got := strings.Count(html, `data-testid="attribute"`); got != 200 {
		t.Errorf("%d rows, want 200", got)
	}
}

// A masked value is nowhere on the page, even where a model holds it by mistake.
func TestMaskedValueIsNotRendered(t *testing.T) {
	v := Profile{Attributes: Attributes{Rows: []Attribute{{Path: "person.birthDate", Value: "1984-02-29", Masked: true}}, Computed: []Computed{{Name: "age", Value: "42 years", Masked: true}}}}
	html := render(t, ProfilePage(reader("en", "profile.title", "/s/dev/profiles/h", dev), v))
	for _, secret := range []string{"1984-02-29", "42 years"} {
		if strings.Contains(html, secret) {
			t.Errorf("the page holds the masked value %q", secret)
		}
	}
}
