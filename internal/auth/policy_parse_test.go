package auth

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestParsePolicyRefuses(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "line 1, column 1: the file is empty"},
		{"comment only", "# nothing\n", "line 1, column 1: the file is empty"},
		{"a list", "- version\n", "line 1, column 1: must be a mapping with"},
		{"a word", "version", "line 1, column 1: must be a mapping with"},
		{"no version", "grants: []\n", `key "version" is missing`},
		{"version 2", "version: 2\n", "line 1, column 10: version must be 1"},
		{"version in words", "version: one\n", `line 1, column 10: "one" is no number`},
		{"unknown key", "version: 1\ngrant: []\n", `line 2, column 1: unknown key "grant"; keys here are caps, clocks, detect, grants, masks, sandboxes, verbs, version`},
		{"unknown inner key", "version: 1\ngrants:\n- group: a\n  sandboxes: [dev]\n  right: [admin]\n  rights: [admin]\n", `line 5, column 3: unknown key "right"`},
		{"duplicate key", "version: 1\ncaps: {}\ncaps: {}\n", "line 3, column 1: mapping key \"caps\" already defined"},
		{"duplicate inner key", "version: 1\nsandboxes:\n- {name: a, name: b}\n", "line 3, column 13: mapping key \"name\" already defined"},
		{"two documents", "version: 1\n---\nversion: 1\n", "line 3, column 1: a second document"},
		{"broken", "version: 1\ngrants: [\n", "line 2"},
		{"unknown right", "version: 1\ngrants:\n- {group: a, sandboxes: [dev], rights: [profile.write]}\n", `line 3, column 41: there is no right "profile.write"; rights are profile.read profile.reveal`},
		{"pseudo right", "version: 1\ngrants:\n- {group: a, sandboxes: [dev], rights: [public]}\n", `there is no right "public"`},
		{"no right", "version: 1\ngrants:\n- {group: a, sandboxes: [dev], rights: []}\n", "must not be empty"},
		{"no sandbox", "version: 1\ngrants:\n- {group: a, rights: [admin]}\n", `key "sandboxes" is missing`},
		{"empty group", "version: 1\ngrants:\n- {group: '', sandboxes: [dev], rights: [admin]}\n", "line 3, column 11: must be a text"},
		{"null group", "version: 1\ngrants:\n- {group: , sandboxes: [dev], rights: [admin]}\n", "must be a text"},
		{"group is a list", "version: 1\ngrants:\n- {group: [a], sandboxes: [dev], rights: [admin]}\n", "must be a text"},
		{"sandboxes is a word", "version: 1\ngrants:\n- {group: a, sandboxes: dev, rights: [admin]}\n", "line 3, column 25: must be a list"},
		{"unknown level", "version: 1\nsandboxes: [{name: a, level: closed}]\n", `line 2, column 30: there is no level "closed"; levels are open, guarded, frozen`},
		{"no name", "version: 1\nsandboxes: [{level: open}]\n", `key "name" is missing`},
		{"bad duration", "version: 1\nsandboxes: [{name: a, hold: 1 day}]\n", `line 2, column 29: "1 day" is no duration`},
		{"duration without a unit", "version: 1\nsandboxes: [{name: a, hold: 24}]\n", `"24" is no duration`},
		{"negative duration", "version: 1\nsandboxes: [{name: a, hold: -1h}]\n", "a duration cannot be negative"},
		{"negative number", "version: 1\nsandboxes: [{name: a, approvals: -1}]\n", `"-1" is no number from 0`},
		{"broken number", "version: 1\nsandboxes: [{name: a, large: 1.5}]\n", `"1.5" is no number`},
		{"huge number", "version: 1\ncaps: {lookups_per_hour: 99999999999}\n", `"99999999999" is no number`},
		{"bad growth", "version: 1\nsandboxes: [{name: a, growth: -0.1}]\n", `"-0.1" is no share`},
		{"infinite growth", "version: 1\nsandboxes: [{name: a, growth: .inf}]\n", `".inf" is no share`},
		{"bad ticket", "version: 1\nsandboxes: [{name: a, ticket: '['}]\n", "line 2, column 31: error parsing regexp: missing closing ]"},
		{"bad pattern", "version: 1\ndetect: [{namespace: a, pattern: '(?=x)'}]\n", "error parsing regexp"},
		{"no pattern", "version: 1\ndetect: [{namespace: a}]\n", `key "pattern" is missing`},
		{"bad path", "version: 1\nmasks: [{sandboxes: ['*'], paths: [a..b]}]\n", `"a..b" is no path`},
		{"no path", "version: 1\nmasks: [{sandboxes: ['*'], paths: []}]\n", "must not be empty"},
		{"unknown cap", "version: 1\ncaps: {lookups: 1}\n", `line 2, column 8: unknown key "lookups"`},
		{"unknown verb", "version: 1\nverbs: {sandbox: true}\n", `unknown key "sandbox"`},
		{"verb is a word", "version: 1\nverbs: {profile: 'yes'}\n", "must be true or false"},
		{"zero clock", "version: 1\nclocks: {lease: 0s}\n", "must be longer than nothing"},
		{"empty clocks", "version: 1\nclocks: {verify: []}\n", "must not be empty"},
		{"alias to itself", "version: 1\ngrants: &a [*a]\n", "must be a mapping"},
		{"too long", "version: 1\n" + strings.Repeat("#", PolicyBytes), "more than 524288 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, err := ParsePolicy([]byte(tt.in))
			var wrong *PolicyError
			if !errors.As(err, &wrong) || p != nil {
				t.Fatalf("ParsePolicy = %v, %v, want a *PolicyError alone", p, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParsePolicy says\n%v\nwant\n%s", err, tt.want)
			}
		})
	}
}

func TestParsePolicyTellsAllMistakes(t *testing.T) {
	_, err := ParsePolicy([]byte(`version: 3
sandboxes:
- name: a
  hold: soon
  level: closed
- large: 1
verbs: {record: true}
`))
	var wrong *PolicyError
	if !errors.As(err, &wrong) {
		t.Fatalf("ParsePolicy = %v", err)
	}
	place := regexp.MustCompile(`^line (\d+), column \d+: `)
	var lines []string
	for _, m := range wrong.Mistakes {
		at := place.FindStringSubmatch(m)
		if at == nil {
			t.Fatalf("%q has no position", m)
		}
		lines = append(lines, at[1])
	}
	if got := strings.Join(lines, " "); got != "1 4 5 6 7" {
		t.Errorf("mistakes in lines %s, want 1 4 5 6 7:\n%v", got, err)
	}
}

func TestParsePolicyTakes(t *testing.T) {
	for name, in := range map[string]string{
		"nothing but the version": "version: 1\n",
		"empty lists":             "version: 1\ngrants: []\nmasks: []\ndetect: []\nsandboxes: []\ncaps: {}\n",
		"JSON":                    `{"version": 1, "grants": [{"group": "a", "sandboxes": ["*"], "rights": ["admin"]}]}`,
		"an alias":                "version: 1\ngrants:\n- {group: a, sandboxes: &all ['*'], rights: [admin]}\n- {group: b, sandboxes: *all, rights: [admin]}\n",
		"zero approvals":          "version: 1\nsandboxes: [{name: prod, approvals: 0}]\n",
		"names of digits":         "version: 1\nsandboxes: [{name: 123, level: open}]\n",
		"one document":            "---\nversion: 1\n",
		"windows lines":           "version: 1\r\ngrants:\r\n- group: a\r\n  sandboxes: ['*']\r\n  rights: [admin]\r\n",
		"a text of many lines":    "version: 1\ndetect:\n- namespace: a\n  pattern: |\n    ^[0-9]+$\n",
	} {
		if _, err := ParsePolicy([]byte(in)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	p := policy(t, "version: 1\ndetect:\n- namespace: a\n  pattern: |\n    ^[0-9]+$\n")
	if re := p.Detect()[0].Regexp; !re.MatchString("12") {
		t.Errorf("the pattern is %s, want it without the line's end", re)
	}
}

func TestSHA256IsTheFiles(t *testing.T) {
	p := policy(t, "version: 1\n")
	const want = "09bfcc6a14b83e2192b8673677725c84883ee9cd0c70e45c9ec09daa8f2b2847"
	if got := p.SHA256(); got != want {
		t.Errorf("SHA256 = %s, want %s", got, want)
	}
}

func FuzzParsePolicy(f *testing.F) {
	files, err := filepath.Glob("testdata/policy/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("Glob = %d files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	place := regexp.MustCompile(`^line \d+, column \d+: `)
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := ParsePolicy(data)
		var wrong *PolicyError
		switch {
		case err == nil:
			p.Sandbox("dev", "development")
			p.Explain([]string{"a"}, ProfileRead, "dev")
			if len(p.SHA256()) != 64 {
				t.Errorf("SHA256 = %q", p.SHA256())
			}
		case p != nil || !errors.As(err, &wrong):
			t.Errorf("ParsePolicy = %v, %v", p, err)
		default:
			for _, m := range wrong.Mistakes {
				if !place.MatchString(m) {
					t.Errorf("%q has no position", m)
				}
			}
		}
	})
}
