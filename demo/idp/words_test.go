package idp

import (
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var keyed = regexp.MustCompile(`\{\{t ("[^"]*")\}\}`)

// Every sentence of the templates and of the accounts is there in Portuguese, and no
// translation is of a sentence that is nowhere.
func TestPortugueseIsComplete(t *testing.T) {
	used := map[string]bool{}
	entries, err := files.ReadDir("pages")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := files.ReadFile("pages/" + e.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range keyed.FindAllStringSubmatch(string(text), -1) {
			key, err := strconv.Unquote(m[1])
			if err != nil {
				t.Fatal(err)
			}
			used[key] = true
		}
	}
	for _, a := range newAccounts().all() {
		used[a.Does] = true
	}
	for key := range used {
		if portuguese[key] == "" {
			t.Errorf("no Portuguese for %q", key)
		}
	}
	for _, s := range literals(t, "login.go", "logout.go", "pages.go", "authorize.go") {
		used[s] = true
	}
	for key := range portuguese {
		if !used[key] {
			t.Errorf("nothing says %q", key)
		}
	}
}

// literals are the string literals of Go files.
func literals(t *testing.T, names ...string) []string {
	var out []string
	for _, name := range names {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					out = append(out, s)
				}
			}
			return true
		})
	}
	return out
}

func TestReaderLanguage(t *testing.T) {
	b := start(t)
	for _, tt := range []struct{ accept, lang, h1 string }{
		{"", "en", "Sign in"},
		{"de, pt-BR;q=0.5", "pt-BR", "Entrar"},
		{"pt-PT", "pt-BR", "Entrar"},
		{"en-GB, pt;q=0.9", "en", "Sign in"},
		{";;", "en", "Sign in"},
	} {
		br := b.browser(t)
		r, _ := http.NewRequest(http.MethodGet, b.begin().url, nil)
		r.Header.Set("Accept-Language", tt.accept)
		resp, err := br.Do(r)
		br.land(resp, err)
		if !strings.Contains(br.page(), `<html lang="`+tt.lang+`"`) || !strings.Contains(br.page(), "<h1>"+tt.h1+"</h1>") {
			t.Errorf("Accept-Language %q: want %s and %q:\n%s", tt.accept, tt.lang, tt.h1, br.page())
		}
	}
}
