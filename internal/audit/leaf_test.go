package audit

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func full() Event {
	yes := true
	return Event{
		Seq: 7, At: time.Date(2026, 11, 24, 12, 0, 0, 5000, time.UTC), Kind: ProfileLookup, Phase: After, Op: "op1",
		Actor: Actor{Issuer: "https://idp.example", Subject: "s1", Name: "Ana"}, Groups: []string{"g1", "g2"}, Sandbox: "dev",
		Right: "profile.read", Allowed: &yes, Subjects: []string{"k1:aa"}, Target: "h1", Reason: "because", Ticket: "T-1",
		IP: "127.0.0.1", RequestID: "r1", Adobe: &Adobe{Status: 200, RequestID: "x1", ID: "i1"}, Outcome: "found",
		Detail: map[string]any{"z": []any{1, "two", nil}, "a": true},
	}
}

func TestLeafIsWhatTheManualSays(t *testing.T) {
	e := full()
	got, err := e.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"v":1,"seq":7,"at":"2026-11-24T12:00:00.000005Z","kind":"profile.lookup","phase":"after","op":"op1",` +
		`"actor":{"iss":"https://idp.example","sub":"s1","name":"Ana"},"groups":["g1","g2"],"sandbox":"dev","right":"profile.read","allowed":true,` +
		`"subjects":["k1:aa"],"target":"h1","reason":"because","ticket":"T-1","ip":"127.0.0.1","request_id":"r1",` +
		`"adobe":{"status":200,"request_id":"x1","id":"i1"},"outcome":"found","detail":{"a":true,"z":[1,"two",null]}}`
	if string(got) != want {
		t.Errorf("Leaf() = %s\nwant %s", got, want)
	}
	few := Event{Seq: 1, At: e.At, Kind: SettingsSeen}
	got, err = few.Leaf()
	if want := `{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000005Z","kind":"settings.seen"}`; err != nil || string(got) != want {
		t.Errorf("Leaf() of little = %s, %v; want %s", got, err, want)
	}
	refused := false
	few.Allowed = &refused
	if got, _ = few.Leaf(); !strings.Contains(string(got), `"allowed":false`) {
		t.Errorf("Leaf() of a refusal = %s, want allowed false", got)
	}
}

func TestLeafEscapesWhatATerminalCouldTake(t *testing.T) {
	e := Event{Kind: "k", Reason: "a\x00\x1b[2J\n\t\"\\\u007f\u0085\u202e\u2028\u200f<b>&é\U0001F600\U000E0041\xff\ufffd"}
	got, err := e.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	const want = `"reason":"a\u0000\u001b[2J\u000a\u0009\"\\\u007f\u0085\u202e\u2028\u200f<b>&é😀\udb40\udc41` + "\ufffd\ufffd" + `"}`
	if !strings.HasSuffix(string(got), want) {
		t.Errorf("Leaf() = %s\nwant at its end %s", got, want)
	}
	var v struct{ Reason string }
	if err := json.Unmarshal(got, &v); err != nil || v.Reason != strings.ReplaceAll(e.Reason, "\xff", "\ufffd") {
		t.Errorf("as JSON it reads %q, %v", v.Reason, err)
	}
}

func TestLeafRefuses(t *testing.T) {
	for name, e := range map[string]Event{
		"no kind":          {},
		"unknown phase":    {Kind: "k", Phase: "during", Op: "o"},
		"phase without op": {Kind: "k", Phase: Before},
		"channel":          {Kind: "k", Detail: map[string]any{"c": make(chan int)}},
		"not a number":     {Kind: "k", Detail: map[string]any{"n": math.NaN()}},
		"number of words":  {Kind: "k", Detail: map[string]any{"n": json.Number("1,2")}},
		"time value":       {Kind: "k", Detail: map[string]any{"list": []any{time.Now()}}},
		"too deep":         {Kind: "k", Detail: map[string]any{"a": map[string]any{"a": map[string]any{"a": map[string]any{"a": map[string]any{"a": 1}}}}}},
		"too large":        {Kind: "k", Reason: strings.Repeat("x", MaxLeaf)},
	} {
		if leaf, err := e.Leaf(); !errors.Is(err, ErrBadEvent) {
			t.Errorf("%s: Leaf() = %.80s, %v; want ErrBadEvent", name, leaf, err)
		}
	}
}

func TestParseLeafReadsWhatLeafWrites(t *testing.T) {
	e := full()
	leaf, err := e.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseLeaf(leaf)
	if err != nil {
		t.Fatal(err)
	}
	e.Detail["z"] = []any{json.Number("1"), "two", nil}
	if diff := cmp.Diff(e, got); diff != "" {
		t.Errorf("ParseLeaf() (-want +got):\n%s", diff)
	}
}

func TestParseLeafTakesOneFormOnly(t *testing.T) {
	for _, leaf := range []string{
		``, `{}`, `null`, `[]`, `{"v":2,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k"}`,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k"} `,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k","kind":"k"}`,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","KIND":"k"}`,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k","phase":""}`,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k","new":"x"}`,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00Z","kind":"k"}`,
		`{"v":1,"seq":1.0,"at":"2026-11-24T12:00:00.000000Z","kind":"k"}`,
		`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"\u006b"}`,
		`{"seq":1,"v":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k"}`,
	} {
		if e, err := ParseLeaf([]byte(leaf)); err == nil {
			t.Errorf("ParseLeaf(%s) = %+v, want it refused", leaf, e)
		}
	}
}

func TestIndexOfAnEventIsThatOfItsLeaf(t *testing.T) {
	text := rapid.Custom(func(t *rapid.T) string { return string(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")) })
	rapid.Check(t, func(t *rapid.T) {
		e := Event{
			Seq: rapid.Int64Min(1).Draw(t, "seq"), At: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")).UTC(), Kind: "k" + text.Draw(t, "kind"),
			Op: text.Draw(t, "op"), Actor: Actor{text.Draw(t, "iss"), text.Draw(t, "sub"), text.Draw(t, "name")}, Sandbox: text.Draw(t, "sandbox"),
			Subjects: rapid.SliceOf(text).Draw(t, "subjects"), RequestID: text.Draw(t, "request id"), Reason: text.Draw(t, "reason"),
			Detail: map[string]any{"request": text.Draw(t, "request"), text.Draw(t, "key"): rapid.Float64Range(-1e9, 1e9).Draw(t, "number")},
		}
		leaf, err := e.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := ParseLeaf(leaf)
		if err != nil {
			t.Fatalf("ParseLeaf(%s): %v", leaf, err)
		}
		if diff := cmp.Diff(e.Index(), parsed.Index()); diff != "" {
			t.Fatalf("%s: index of the event and of its leaf differ:\n%s", leaf, diff)
		}
	})
}

func TestKindsAreThoseOfTheManual(t *testing.T) {
	seen := map[string]bool{}
	for _, kind := range Kinds() {
		if seen[kind] || !strings.Contains(kind, ".") {
			t.Errorf("kind %q stands twice, or has no step", kind)
		}
		seen[kind] = true
	}
	if len(seen) != 47 { // 16 with names of their own, 6 and 3 and 22 steps
		t.Errorf("there are %d kinds, want 47", len(seen))
	}
}

// FuzzParseLeaf: whatever is taken for a leaf is written again byte for byte.
func FuzzParseLeaf(f *testing.F) {
	e := full()
	leaf, err := e.Leaf()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(leaf)
	f.Add([]byte(`{"v":1,"seq":1,"at":"2026-11-24T12:00:00.000000Z","kind":"k","detail":{"a":{"b":[1e3,-0,"\u202e"]}}}`))
	f.Add([]byte(`{"v":1,"seq":-1,"at":"9999-99-99T12:00:00.000000Z","kind":""}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := ParseLeaf(data)
		if err != nil {
			return
		}
		again, err := e.Leaf()
		if err != nil || string(again) != string(data) {
			t.Errorf("Leaf(ParseLeaf(%q)) = %q, %v", data, again, err)
		}
		e.Index()
	})
}
