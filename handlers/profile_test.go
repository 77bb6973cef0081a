package handlers

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"profiledesk/apiclient"
	"profiledesk/demo/aep"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/seal"
)

// memory is a store in memory.
type memory struct {
	mu      sync.Mutex
	handles map[string]lookup.Handle
	events  []*audit.Event
}

func (m *memory) Tx(_ context.Context, do func(lookup.Tx) error) error { return do(m) }

func (m *memory) Record(_ context.Context, events ...*audit.Event) error {
	m.RecordLater(events...)
	return nil
}

func (m *memory) RecordLater(events ...*audit.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.events = append(m.events, events...)
}

func (m *memory) Append(_ context.Context, e *audit.Event) error {
	m.RecordLater(e)
	return nil
}

func (m *memory) Handle(_ context.Context, id string) (lookup.Handle, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	h, ok := m.handles[id]
	if !ok {
		return h, lookup.ErrNoHandle
	}
	return h, nil
}

func (m *memory) HandleBy(context.Context, []string, lookup.Person) (lookup.Handle, error) {
	return lookup.Handle{}, lookup.ErrNoHandle
}

func (m *memory) PutHandle(_ context.Context, h lookup.Handle) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handles[h.ID] = h
	return nil
}

func (m *memory) HandlesOf(context.Context, lookup.Person, string, int) ([]lookup.Handle, error) {
	return nil, nil
}
func (m *memory) TouchHandle(context.Context, string, time.Time) error  { return nil }
func (m *memory) RevokeHandle(context.Context, string, time.Time) error { return nil }

// views counts the views on record, before and after being one.
func (m *memory) views() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, e := range m.events {
		if e.Kind == audit.ProfileView && e.Phase == audit.Before {
			n++
		}
	}
	return n
}

// demoSite is a site whose look-ups are real, over the demo's platform.
func demoSite(t *testing.T) (*site, *memory) {
	t.Helper()
	platform := aep.New(aep.Config{})
	server := httptest.NewServer(platform)
	t.Cleanup(server.Close)
	t.Cleanup(platform.Close)
	cred := platform.Credentials()
	client, err := apiclient.New(apiclient.Config{
		URL: server.URL, IMSURL: server.URL + "/ims", OrgID: cred.OrgID, ClientID: cred.ClientID, ClientSecret: cred.ClientSecret, Scopes: cred.Scopes,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	keys, err := seal.ParseKeys(seal.NewKey("k1"))
	if err != nil {
		t.Fatal(err)
	}
	policy, err := auth.ParsePolicy([]byte(testPolicy + "masks: [{sandboxes: ['*'], paths: [person.birthDate, homeAddress]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	store := &memory{handles: map[string]lookup.Handle{}}
	service := lookup.New(lookup.Config{
		Client: client, Store: store, Fingerprints: seal.NewFingerprinter(keys), Box: seal.NewBox(keys), Policy: func() *auth.Policy { return policy },
	})
	t.Cleanup(func() { service.Close() })

	s := newSite(t)
	s.sandboxes = func(u auth.User) ([]lookup.Sandbox, error) { return service.Sandboxes(t.Context(), u) }
	s.find = func(a lookup.Ask) (lookup.Answer, error) { return service.Find(t.Context(), reader, a) }
	s.open = func(sandbox, handle string, v lookup.View) (*lookup.Customer, error) {
		return service.Open(t.Context(), reader, sandbox, handle, v)
	}
	s.others = func(handles []string) ([]lookup.Other, error) { return service.Others(t.Context(), "dev", handles) }
	return s, store
}

var reader = auth.User{Issuer: "https://idp", Subject: "s1", Name: "Rita Reader", Groups: []string{"analysts"}}

// lookFor looks somebody of dev up and returns the profile's path.
func (s *site) lookFor(name string) string {
	s.t.Helper()
	rec := s.post("analysts", "/s/dev/profiles", url.Values{"q": {name + "@example.com"}})
	wantStatus(s.t, rec, http.StatusSeeOther)
	return rec.Header().Get("Location")
}

func TestProfilePage(t *testing.T) {
	s, store := demoSite(t)
	path := s.lookFor("ana.souza")
	rec := s.get("analysts", path)
	wantStatus(t, rec, http.StatusOK)
	body := rec.Body.String()
	wantMark(t, body, "profile", `data-handle="`+strings.TrimPrefix(path, "/s/dev/profiles/")+`"`)
	wantMark(t, body, "identity-count")
	wantMark(t, body, "tab", `data-tab="attributes"`)
	rows := marks(body, "attribute")
	if len(rows) < 10 {
		t.Fatalf("%d rows", len(rows))
	}
	rows = marks(s.get("analysts", path+"?q=person.").Body.String(), "attribute")
	birth := row(rows, "person.birthDate")
	if !strings.Contains(birth, `data-masked="true"`) {
		t.Errorf("the birth date's row is %q", birth)
	}
	if !strings.Contains(row(rows, "person.name.firstName"), `data-masked="false"`) {
		t.Errorf("the first name's row is %q", row(rows, "person.name.firstName"))
	}
	if len(marks(body, "computed")) == 0 {
		t.Error("no computed attribute is shown")
	}
	if title := between(body, "<title>", "</title>"); strings.Contains(strings.ToLower(title), "ana") {
		t.Errorf("the title is %q", title)
	}
	if store.views() != 2 {
		t.Errorf("%d views on record, want one for each page", store.views())
	}
}

func TestProfilePageNamesOtherPeople(t *testing.T) {
	s, store := demoSite(t)
	path, other := s.lookFor("ana.souza"), s.lookFor("odd")
	handle := strings.TrimPrefix(other, "/s/dev/profiles/")
	own := strings.TrimPrefix(path, "/s/dev/profiles/")
	body := s.get("analysts", path+"?others="+own+",NOSUCH,"+handle).Body.String()
	wantMark(t, body, "warning", `data-kind="other_people"`)
	if strings.Count(body, `href="`+other+`"`) != 1 || strings.Contains(body, "NOSUCH") {
		t.Error("the other profile is not linked, or what is none is")
	}
	for _, none := range []string{"", "?others=", "?others=NOSUCH,%3Cb%3E", "?others=" + own} {
		if body := s.get("analysts", path+none).Body.String(); len(marks(body, "warning")) > 0 {
			t.Errorf("%q: the page warns of nobody", none)
		}
	}
	if store.views() != 5 {
		t.Errorf("%d views on record, want one for each page", store.views())
	}
}

func TestMaskedIdentityHasItsLock(t *testing.T) {
	s := newSite(t)
	s.open = func(sandbox, handle string, _ lookup.View) (*lookup.Customer, error) {
		return &lookup.Customer{Handle: handle, Sandbox: sandbox, Outcome: lookup.Empty, Identity: lookup.Identity{Namespace: "Phone", Masked: true}}, nil
	}
	body := s.get("analysts", "/s/dev/profiles/H1").Body.String()
	fact := between(body, "<dt>Identity (Phone)</dt>", "</dd>")
	if !strings.Contains(fact, "<svg") || !strings.Contains(fact, "masked") {
		t.Errorf("the identity is shown as %q", fact)
	}
}

func TestComputedAttributesAreOneRowEach(t *testing.T) {
	s, _ := demoSite(t)
	body := s.get("analysts", s.lookFor("ana.souza")).Body.String()
	seen := map[string]bool{}
	for _, r := range marks(body, "computed") {
		name := between(r, `data-name="`, `"`)
		row := between(body, r, "</dd>")
		if seen[name] || strings.Contains(row, "never") {
			t.Errorf("%s has two rows, or no evaluation:\n%s", name, row)
		}
		if seen[name] = true; name == "lastPage" && strings.Count(row, "<time") != 2 {
			t.Errorf("lastPage lacks its own time, or its evaluation:\n%s", row)
		}
	}
	if !seen["lastPage"] || !seen["spend30d"] {
		t.Errorf("computed attributes: %v", seen)
	}
}

func row(rows []string, path string) string {
	for _, r := range rows {
		if strings.Contains(r, `data-path="`+path+`"`) {
			return r
		}
	}
	return ""
}

func between(text, from, to string) string {
	_, rest, _ := strings.Cut(text, from)
	found, _, _ := strings.Cut(rest, to)
	return found
}

func TestProfileFilterIsAFragmentForHtmx(t *testing.T) {
	s, store := demoSite(t)
	path := s.lookFor("ana.souza") + "?q=firstname&view=flat"
	whole := s.get("analysts", path)
	part := s.do(ask{group: "analysts", path: path, header: http.Header{"Hx-Request": {"true"}}})
	boosted := s.do(ask{group: "analysts", path: path, header: http.Header{"Hx-Request": {"true"}, "Hx-Boosted": {"true"}}})
	restored := s.do(ask{group: "analysts", path: path, header: http.Header{"Hx-Request": {"true"}, "Hx-History-Restore-Request": {"true"}}})
	if strings.Contains(part.Body.String(), "<html") || len(marks(part.Body.String(), "attribute")) == 0 {
		t.Errorf("htmx is sent\n%.500s", part.Body)
	}
	for name, rec := range map[string]*httptest.ResponseRecorder{"whole": whole, "boosted": boosted, "restored": restored} {
		if !strings.Contains(rec.Body.String(), "<html") {
			t.Errorf("%s: no whole page is sent", name)
		}
		if got := rec.Header().Get("Vary"); got != "HX-Request" {
			t.Errorf("%s: Vary = %q", name, got)
		}
	}
	for _, r := range marks(whole.Body.String(), "attribute") {
		if !strings.Contains(strings.ToLower(r), "firstname") {
			t.Errorf("%s does not match the filter", r)
		}
	}
	if store.views() != 4 {
		t.Errorf("%d views on record, want one for each answer", store.views())
	}
}

var href = regexp.MustCompile(`href="([^"]+)"`)

// A profile of 2 MB comes in pages that hold all its rows once.
func TestBigProfileComesInPages(t *testing.T) {
	s, _ := demoSite(t)
	next := s.lookFor("big") + "?view=flat"
	seen, pages := map[string]bool{}, 0
	for next != "" && pages < 60 {
		rec := s.get("analysts", next)
		wantStatus(t, rec, http.StatusOK)
		body := rec.Body.String()
		rows := marks(body, "attribute")
		if pages == 0 {
			t.Logf("first page: %d rows, %d bytes", len(rows), len(body))
		}
		if len(body) > 100<<10 || len(rows) == 0 {
			t.Fatalf("page %d has %d rows in %d bytes", pages, len(rows), len(body))
		}
		for _, r := range rows {
			path := between(r, `data-path="`, `"`)
			if seen[path] {
				t.Fatalf("%s stands on two pages", path)
			}
			seen[path] = true
		}
		next, pages = "", pages+1
		if more := marks(body, "more"); len(more) == 1 {
			next = strings.ReplaceAll(href.FindStringSubmatch(more[0])[1], "&amp;", "&")
		}
	}
	if len(seen) < 1000 {
		t.Errorf("%d rows on %d pages", len(seen), pages)
	}
}

func TestProfileThatIsEmpty(t *testing.T) {
	s, _ := demoSite(t)
	rec := s.get("analysts", s.lookFor("empty"))
	wantStatus(t, rec, http.StatusOK)
	wantMark(t, rec.Body.String(), "lookup-outcome", `data-outcome="empty"`)
	if n := len(marks(rec.Body.String(), "attribute")); n > 0 {
		t.Errorf("%d rows of a profile that is empty", n)
	}
}

func TestOddValuesAreText(t *testing.T) {
	s, _ := demoSite(t)
	body := s.get("analysts", s.lookFor("odd")).Body.String()
	if strings.Contains(body, "<script>") || strings.Contains(body, "<img src=x") {
		t.Error("markup of a customer is markup of the page")
	}
	if !strings.Contains(body, "&lt;") {
		t.Error("the customer's markup is not shown at all")
	}
}

func TestHandlesThatAreNotThere(t *testing.T) {
	s, store := demoSite(t)
	path := s.lookFor("ana.souza")
	handle := strings.TrimPrefix(path, "/s/dev/profiles/")
	var first string
	for i, other := range []string{"/s/dev/profiles/NOSUCHHANDLE", "/s/dev/profiles/x%2F..%2Fy"} {
		rec := s.get("analysts", other)
		wantStatus(t, rec, http.StatusNotFound)
		if i == 0 {
			first = rec.Body.String()
		} else if rec.Body.String() != first {
			t.Error("the pages of two unknown handles differ")
		}
	}
	wantStatus(t, s.get("analysts", "/s/prod/profiles/"+handle), http.StatusNotFound)
	wantStatus(t, s.get("analysts", "/s/dev/profiles/NOSUCHHANDLE/csv"), http.StatusNotFound)
	if store.views() != 0 {
		t.Errorf("%d views on record of what was not shown", store.views())
	}
}

func TestProfileCSV(t *testing.T) {
	s, store := demoSite(t)
	path := s.lookFor("ana.souza")
	rec := s.get("analysts", path+"/csv")
	wantStatus(t, rec, http.StatusOK)
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) < 10 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	if got := fmt.Sprint(rows[0]); got != "[path value type title masked]" {
		t.Errorf("head %s", got)
	}
	found := 0
	for _, r := range rows[1:] {
		switch {
		case r[0] == "person.birthDate":
			found++
			if r[1] != "" || r[4] != "true" {
				t.Errorf("the birth date's row is %q", r)
			}
		case r[0] == "person.name.firstName":
			found++
			if r[1] != "Ana" || r[4] != "false" {
				t.Errorf("the first name's row is %q", r)
			}
		case strings.HasPrefix(r[0], "homeAddress."):
			t.Errorf("below a mask there is %q", r)
		}
	}
	if found != 2 || store.views() != 1 {
		t.Errorf("%d of 2 rows found, %d views on record, want 1", found, store.views())
	}
	if got := rec.Header().Get("Content-Disposition"); strings.Contains(got, "ana") || !strings.Contains(got, ".csv") {
		t.Errorf("Content-Disposition = %s", got)
	}
	filtered, err := csv.NewReader(s.get("analysts", path+"/csv?q=firstname").Body).ReadAll()
	if err != nil || len(filtered) < 2 || len(filtered) >= len(rows) {
		t.Errorf("the filtered file has %d rows of %d, %v", len(filtered), len(rows), err)
	}
}

func TestProfileCSVIsAnExport(t *testing.T) {
	s, store := demoSite(t)
	wantStatus(t, s.get("analysts", s.lookFor("ana.souza")+"/csv"), http.StatusOK)
	for _, e := range store.events {
		if e.Kind == audit.ProfileView && (e.Right != "export.run" || e.Detail["csv"] != true) {
			t.Errorf("on record is %+v", e)
		}
	}
}

func TestBigProfileAsCSVIsWhole(t *testing.T) {
	s, _ := demoSite(t)
	rec := s.get("analysts", s.lookFor("big")+"/csv")
	wantStatus(t, rec, http.StatusOK)
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) < 1000 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

// What became of a profile since it was found has the look-up's own statuses.
func TestProfileGoneSince(t *testing.T) {
	for outcome, status := range map[lookup.Outcome]int{
		lookup.Unknown: 404, lookup.TooMany: 422, lookup.WrongPolicy: 422, lookup.NotLicensed: 502, lookup.Down: 502, lookup.Throttled: 503,
	} {
		s := newSite(t)
		s.open = func(string, string, lookup.View) (*lookup.Customer, error) {
			return &lookup.Customer{Handle: "H", Sandbox: "dev", Outcome: outcome, Wait: 3 * time.Second}, nil
		}
		for _, path := range []string{"/s/dev/profiles/H", "/s/dev/profiles/H/csv"} {
			rec := s.get("analysts", path)
			if rec.Code != status || (rec.Header().Get("Retry-After") == "3") != (status == 503) {
				t.Errorf("%s: GET %s = %d, Retry-After %q, want %d", outcome, path, rec.Code, rec.Header().Get("Retry-After"), status)
			}
		}
	}
}
