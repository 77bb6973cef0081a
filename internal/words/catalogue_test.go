package words_test

import (
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/words"
)

// catalogue reads a file as it is: a message is its forms, "other" alone where it
// has no plural.
func catalogue(t *testing.T, lang string) map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile("active." + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for key, message := range raw {
		switch m := message.(type) {
		case string:
			out[key] = map[string]string{"other": m}
		case map[string]any:
			out[key] = map[string]string{}
			for form, text := range m {
				out[key][form], _ = text.(string)
			}
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\{[^}]*\}`)

func holders(text string) []string {
	all := placeholder.FindAllString(text, -1)
	slices.Sort(all)
	return slices.Compact(all)
}

func TestCataloguesAreEqual(t *testing.T) {
	en, pt := catalogue(t, words.English), catalogue(t, words.Portuguese)
	forms := func(m map[string]string) string { return strings.Join(slices.Sorted(maps.Keys(m)), " ") }
	for key, m := range en {
		other, ok := pt[key]
		if !ok {
			t.Errorf("%s is missing in Portuguese", key)
			continue
		}
		switch f, g := forms(m), forms(other); {
		case f == "other" && g != "other", f == "one other" && g != "many one other", f != "other" && f != "one other":
			t.Errorf("%s has the forms %q in English and %q in Portuguese", key, f, g)
		}
		want := holders(m["other"])
		for _, text := range slices.Concat(slices.Collect(maps.Values(m)), slices.Collect(maps.Values(other))) {
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s is empty", key)
			}
			if got := holders(text); !slices.Equal(got, want) {
				t.Errorf("%s: %q holds %v, want %v", key, text, got, want)
			}
		}
	}
	for key := range pt {
		if en[key] == nil {
			t.Errorf("%s is missing in English", key)
		}
	}
}

var (
	literal = regexp.MustCompile(`"([a-z][a-z_]*(?:\.[A-Za-z0-9_-]+)*\.?)"`)
	asked   = regexp.MustCompile(`\b(?:T|N)\("([^"]+)"[,)]`)
)

// sources are the files that say something: the site's, not the tests' and not
// what templ makes of them.
func sources(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, dir := range []string{"views", "handlers", "web", "internal/lookup", "internal/app", "internal/words", "internal/audit", "internal/auth"} {
		err := filepath.WalkDir(filepath.Join("..", "..", dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			name := d.Name()
			if strings.HasSuffix(name, ".templ") || strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go") {
				all = append(all, path)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// A key is used where it stands as a literal, or below a literal that ends in a
// point ("outcome." + name); a key that is asked for by name is there.
func TestKeysAreUsedAndThere(t *testing.T) {
	en := catalogue(t, words.English)
	used, below := map[string]bool{}, map[string]bool{}
	for _, file := range sources(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(text), -1) {
			if strings.HasSuffix(m[1], ".") {
				below[m[1]] = true
				continue
			}
			used[m[1]] = true
		}
		for _, m := range asked.FindAllStringSubmatch(string(text), -1) {
			if strings.Contains(m[1], ".") && en[m[1]] == nil {
				t.Errorf("%s asks for %q, which is in no catalogue", file, m[1])
			}
		}
	}
	for key := range en {
		if used[key] || slices.ContainsFunc(slices.Collect(maps.Keys(below)), func(p string) bool { return strings.HasPrefix(key, p) }) {
			continue
		}
		t.Errorf("%s is used nowhere", key)
	}
}

// What other packages name by a code has words in both languages.
func TestCodesHaveWords(t *testing.T) {
	keys := slices.Clone(lookup.WhyKeys())
	for _, kind := range lookup.InvalidKinds() {
		keys = append(keys, lookup.InvalidKey(kind))
	}
	for _, kind := range audit.Kinds() {
		keys = append(keys, "kind_name."+kind, "kind_says."+kind)
	}
	for _, right := range auth.Rights() {
		keys = append(keys, "right."+string(right))
	}
	below := func(prefix string, suffixes []string, names ...string) {
		for _, n := range names {
			for _, s := range suffixes {
				keys = append(keys, prefix+n+s)
			}
		}
	}
	plain := []string{""}
	below("outcome.", []string{".title", ".means"}, "found", "empty", "unknown", "too-many", "wrong-policy", "not-licensed", "throttled", "down", "invalid")
	below("error.", []string{"", ".what", ".data", ".do"},
		"not_found", "method_not_allowed", "wrong_host", "cross_origin", "too_large", "unreadable_form", "media_type", "no_right", "stale_groups",
		"store_failed", "broken", "nothing_recorded", "too_often", "no_op", "op_used", "too_slow", "throttled", "not_licensed", "too_many",
		"wrong_policy", "credential_refused", "answer_too_large", "no_such_profile", "platform_failed", "signed_out", "step_up", "invalid",
		"frozen", "sign_in_failed", "sign_in_unreachable", "sign_in_overage", "sign_in_state")
	below("probe.", plain, "lookup", "events", "identities", "attributes", "exports", "hygiene", "system-jobs")
	below("probe.state.", []string{"", ".means"}, "ok", "absent", "refused", "unknown")
	below("level.", []string{"", ".about"}, "open", "guarded", "frozen")
	below("type.", plain, "production", "development")
	below("part.", plain, "idp", "aep", "store", "log", "policy", "checkpoint")
	below("state.", plain, "ok", "warn", "bad", "unknown")
	book := words.New()
	for _, lang := range words.Languages() {
		p := book.Printer(lang, nil, time.Time{})
		for _, key := range keys {
			if !p.Has(key) {
				t.Errorf("%s has no words for %s", lang, key)
			}
		}
	}
}
