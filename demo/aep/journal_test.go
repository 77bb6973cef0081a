package aep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// watcher is an answer that looks at the journal when its first byte comes.
type watcher struct {
	http.ResponseWriter
	journal *bytes.Buffer
	lines   int
}

func (w *watcher) WriteHeader(status int) {
	w.lines = bytes.Count(w.journal.Bytes(), []byte("\n"))
	w.ResponseWriter.WriteHeader(status)
}

func TestJournalIsWrittenBeforeTheAnswer(t *testing.T) {
	var file bytes.Buffer
	r := newRig(t, Config{Journal: &file})
	for i := range 3 {
		w := &watcher{ResponseWriter: httptest.NewRecorder(), journal: &file}
		r.s.ServeHTTP(w, r.request("GET", profileURL("Email", "both@example.com"), nil))
		if want := i + 2; w.lines != want { // the token call comes first
			t.Errorf("call %d: %d lines when the answer began, want %d", i, w.lines, want)
		}
	}
	if got := r.control("GET", "/journal?after=0", "").Body.String(); got != file.String() {
		t.Error("the control port shows other lines than the file has")
	}
}

func readJournal(t *testing.T, r *rig, after string) []map[string]any {
	t.Helper()
	w := r.control("GET", "/journal?after="+after, "")
	if got := w.Header().Get("Content-Type"); got != "application/x-ndjson" {
		t.Errorf("journal's type = %s", got)
	}
	var out []map[string]any
	for _, text := range strings.Split(strings.TrimSpace(w.Body.String()), "\n") {
		var e map[string]any
		if err := json.Unmarshal([]byte(text), &e); err != nil {
			t.Fatalf("line %q: %v", text, err)
		}
		out = append(out, e)
	}
	return out
}

func TestJournalLines(t *testing.T) {
	r := newRig(t, Config{})
	body := bulkBody("Email", "both@example.com")
	r.call("POST", entitiesPath+"?a=%20b", body, nil)
	id := r.rule(`{"do":"status","status":503}`)
	r.call("GET", profileURL("Email", "both@example.com"), nil, nil)
	r.rule(`{"do":"status","status":503,"accept":true}`)
	r.call("GET", profileURL("Email", "both@example.com"), nil, nil)
	r.call("GET", profileURL("Email", "nobody@example.com"), nil, nil)
	lines := readJournal(t, r, "0")
	if len(lines) != 5 {
		t.Fatalf("%d lines, want 5", len(lines))
	}
	if _, has := lines[0]["body"]; has || strings.Contains(string(mustJSON(lines[0])), r.s.credentials.ClientSecret) {
		t.Errorf("the token call's body is in the journal: %v", lines[0])
	}
	text, _ := json.Marshal(body)
	sum := sha256.Sum256(text)
	e := lines[1]
	headers := e["headers"].(map[string]any)
	if e["seq"] != 2.0 || e["method"] != "POST" || e["path"] != entitiesPath || e["query"] != "a=%20b" || e["body"] != string(text) || e["body_sha256"] != hex.EncodeToString(sum[:]) || e["accepted"] != true || e["rule"] != "" || headers["x-sandbox-name"] != "dev" {
		t.Errorf("line 2 = %v", e)
	}
	for i, want := range map[int]struct {
		accepted bool
		rule     string
	}{2: {false, id}, 3: {false, "r2"}, 4: {false, ""}} {
		if lines[i]["accepted"] != want.accepted || lines[i]["rule"] != want.rule {
			t.Errorf("line %d: accepted %v, rule %v, want %+v", i+1, lines[i]["accepted"], lines[i]["rule"], want)
		}
	}
	if rest := readJournal(t, r, "4"); len(rest) != 1 || rest[0]["seq"] != 5.0 {
		t.Errorf("after=4 gave %v", rest)
	}
}

func TestJournalHasNoGapUnderLoad(t *testing.T) {
	r := newRig(t, Config{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				r.s.ServeHTTP(httptest.NewRecorder(), r.request("GET", profileURL("Email", "both@example.com"), nil))
			}
		})
	}
	wg.Wait()
	lines := readJournal(t, r, "0")
	for i, e := range lines {
		if e["seq"] != float64(i+1) {
			t.Fatalf("line %d has seq %v", i+1, e["seq"])
		}
	}
	if len(lines) != 401 {
		t.Errorf("%d lines, want 401", len(lines))
	}
}

func TestJournalForgetsTheOldestInMemory(t *testing.T) {
	var file bytes.Buffer
	j := newJournal(&file)
	for i := range 20 {
		j.keep(line{seq: int64(i + 1), text: make([]byte, journalMemory/10)})
	}
	if n := len(j.lines); n > 10 || j.lines[n-1].seq != 20 || j.size > journalMemory {
		t.Errorf("%d lines of %d bytes are kept", len(j.lines), j.size)
	}
}

func TestPeople(t *testing.T) {
	r := newRig(t, Config{})
	kinds := map[string]bool{}
	w := r.control("GET", "/people?sandbox=dev&limit=30", "")
	lines := strings.Split(strings.TrimSpace(w.Body.String()), "\n")
	for _, text := range lines {
		var p struct{ Namespace, ID, XID, Kind string }
		if err := json.Unmarshal([]byte(text), &p); err != nil || p.Namespace != "Email" || p.XID == "" {
			t.Fatalf("person %q: %v", text, err)
		}
		kinds[p.Kind] = true
		want := map[string]int{"empty": 404, "many.ids": 422}[p.Kind]
		if want == 0 {
			want = 200
		}
		if got := r.call("GET", entitiesPath+"?schema.name="+profileSchema+"&entityId="+p.XID, nil, nil); got != want {
			t.Errorf("%s by XID = %d, want %d", p.ID, got, want)
		}
	}
	if len(lines) != 30 || len(kinds) != 7 {
		t.Errorf("%d people of kinds %v, want 30 of 7", len(lines), kinds)
	}
}

func TestSetUserIsAsked(t *testing.T) {
	var got string
	r := newRig(t, Config{SetUser: func(name string, groups []string, disabled bool) error {
		if name != "analyst" {
			return errors.New("no such account")
		}
		got = strings.Join(groups, ",")
		return nil
	}})
	if w := r.control("PUT", "/idp/users/analyst", `{"groups":["a","b"],"disabled":true}`); w.Code != 204 || got != "a,b" {
		t.Errorf("PUT analyst = %d, groups %q", w.Code, got)
	}
	if w := r.control("PUT", "/idp/users/nobody", `{"groups":[]}`); w.Code != 404 || !strings.Contains(w.Body.String(), "no such account") {
		t.Errorf("PUT nobody = %d %s", w.Code, w.Body)
	}
	if w := newRig(t, Config{}).control("PUT", "/idp/users/analyst", `{"groups":[]}`); w.Code != 501 {
		t.Errorf("PUT without a provider = %d, want 501", w.Code)
	}
}
