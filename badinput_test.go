package main

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var outcome = regexp.MustCompile(`(?s)<section[^>]*data-testid="lookup-outcome".*?</section>`)

// Every kind of wrong input gets its own sentence and a status of 4xx, what was
// typed stays in the form, and nothing of it is logged.
func TestBadInputHasItsOwnSentence(t *testing.T) {
	s, log := &story{}, &bytes.Buffer{}
	if err := s.start(t.TempDir(), log); err != nil {
		t.Fatal(err)
	}
	defer s.end()
	if err := s.signedIn("analyst"); err != nil {
		t.Fatal(err)
	}
	kindOf, sentenceOf := map[string]string{}, map[string]string{}
	inputs := badInputs(t)
	for _, in := range inputs {
		name := fmt.Sprintf("%s %q", in.kind, in.form)
		status, _, body := s.ask(t, http.MethodPost, "/s/dev/profiles", in.form)
		if status < 400 || status > 499 {
			t.Errorf("%s: status %d, want 4xx", name, status)
		}
		sentence := outcome.FindString(body)
		if sentence == "" {
			t.Errorf("%s: no outcome on the page", name)
			continue
		}
		if other, seen := kindOf[sentence]; seen && other != in.kind {
			t.Errorf("%s says the same as %s", name, other)
		}
		if other, seen := sentenceOf[in.kind]; seen && other != sentence {
			t.Errorf("%s says two things: %s and %s", name, other, sentence)
		}
		kindOf[sentence], sentenceOf[in.kind] = in.kind, sentence
		if !strings.Contains(body, `data-testid="lookup-form"`) {
			t.Errorf("%s: the form is gone", name)
		}
	}
	if len(sentenceOf) < 30 {
		t.Errorf("%d kinds, want 30 at least", len(sentenceOf))
	}
	if err := s.stop(nil, nil, nil); err != nil {
		t.Error(err)
	}
	for _, in := range inputs {
		for _, values := range in.form {
			if word := values[0]; len(word) > 4 && !strings.Contains("Email Phone CRMId LoyaltyId", word) && strings.Contains(log.String(), word) {
				t.Errorf("the log holds %q", word)
			}
		}
	}
}

type badInput struct {
	kind string
	form url.Values
}

var field = regexp.MustCompile(`(q|ns|id|policy)=("(?:[^"\\]|\\.)*")(?:\*(\d+))?("(?:[^"\\]|\\.)*")?`)

// badInputs reads the table of wrong input that the look-up's own tests use.
func badInputs(t *testing.T) []badInput {
	t.Helper()
	text, err := os.ReadFile("internal/lookup/testdata/bad_input")
	if err != nil {
		t.Fatal(err)
	}
	var all []badInput
	for line := range strings.Lines(string(text)) {
		kind, rest, ok := strings.Cut(strings.TrimSpace(line), "\t")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		in := badInput{kind, url.Values{}}
		for _, m := range field.FindAllStringSubmatch(rest, -1) {
			value, err := strconv.Unquote(m[2])
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			if m[3] != "" {
				n, _ := strconv.Atoi(m[3])
				value = strings.Repeat(value, n)
			}
			if m[4] != "" {
				more, err := strconv.Unquote(m[4])
				if err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				value += more
			}
			name := map[string]string{"q": "q", "ns": "namespace", "id": "id", "policy": "policy"}[m[1]]
			in.form.Set(name, value)
		}
		all = append(all, in)
	}
	return all
}
