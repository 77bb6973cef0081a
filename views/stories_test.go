package views

import (
	"fmt"
	"strings"
	"time"

	"github.com/a-h/templ"

	"profiledesk/internal/words"
)

// now is the moment of every story: golden pages do not age.
var now = time.Date(2026, 11, 24, 14, 30, 0, 0, time.UTC)

var book = words.New()

func ago(d time.Duration) time.Time { return now.Add(-d) }

// reader is a page for somebody signed in.
func reader(lang, title, path string, sandbox *Sandbox) Page {
	zone, err := words.LoadZone("America/Sao_Paulo")
	if err != nil {
		panic(err)
	}
	p := Page{
		Printer: book.Printer(lang, zone, now), RequestID: "01JDF3Q8ZK7M2W5T9X4C6V1B0N", Path: path,
		User: &User{Name: "Ana Reader", Email: "analyst@example.com"}, Sandbox: sandbox,
		Nav: Nav{Profiles: true, Audit: true}, Shortcuts: true,
	}
	p.Title = p.T(title)
	return p
}

func stranger(lang, title, path string) Page {
	p := reader(lang, title, path, nil)
	p.User, p.Nav = nil, Nav{}
	return p
}

var (
	dev   = &Sandbox{Name: "dev", Title: "Data team", Type: "development", Level: "open", Region: "VA7"}
	prod  = &Sandbox{Name: "prod", Title: "Production", Type: "production", Level: "guarded", Region: "VA7", OnePerson: true}
	stage = &Sandbox{Name: "stage", Title: "Staging", Type: "production", Level: "frozen", Region: "VA7"}
)

// stories are the golden pages by name: each page as it mostly is, empty, wrong,
// in production, in Portuguese.
func stories() map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, group := range []map[string]templ.Component{signInStories(), sandboxStories(), lookupStories(), profileStories(), auditStories(), ownStories()} {
		for name, page := range group {
			all[name] = page
		}
	}
	return all
}

func signInStories() map[string]templ.Component {
	return map[string]templ.Component{
		"login":         LoginPage(stranger("en", "login.title", "/login"), Login{Start: "/login/start?return=%2F"}),
		"login-refused": LoginPage(stranger("pt-BR", "login.title", "/login"), Login{Start: "/login/start?return=%2F", Problem: &Problem{Status: 403, Key: "sign_in_overage"}}),
		"again":         SignInAgainPage(stranger("en", "again.title", "/me"), SignInAgain{Href: "/login/start?return=%2Fme", Kept: true}),
		"signed-out":    SignedOutPage(stranger("en", "signed_out.title", "/logout"), SignedOut{Provider: "https://idp.example/end"}),
		"no-access":     NoAccessPage(reader("en", "no_access.title", "/", nil), NoAccess{Groups: []string{"sales-emea", "vpn-users"}, Contact: "Data platform team, #aep-access"}),
		"error-404":     ProblemPage(reader("en", "error.not_found", "/s/nope", nil), Problem{Status: 404, Key: "not_found"}),
		"error-503": ProblemPage(reader("pt-BR", "error.nothing_recorded", "/s/prod/profiles", prod),
			Problem{Status: 503, Key: "nothing_recorded", Wait: 30 * time.Second, Back: "/s/prod/profiles"}),
	}
}

func sandboxStories() map[string]templ.Component {
	cards := []SandboxCard{{*prod, true}, {*stage, true}, {*dev, true}}
	probes := []Probe{
		{"lookup", "ok", now}, {"events", "ok", now}, {"identities", "ok", now}, {"attributes", "ok", now},
		{"exports", "refused", now}, {"hygiene", "absent", now}, {"system-jobs", "unknown", now},
	}
	policies := []MergePolicy{
		{ID: "0b9d6ad6-4f05-4b6b-8f1c-2d0e4a0f8c11", Name: "Default Timebased", Default: true, Active: true, Graph: "pdg", Order: "timestampOrdered", Updated: ago(90 * 24 * time.Hour)},
		{ID: "f3c8d1c4-2b77-4d5e-9a60-5a3b0f6f2e42", Name: "CRM first", Graph: "none", Order: "dataSetPrecedence", Updated: ago(6 * 24 * time.Hour)},
	}
	full := Overview{
		Probes: probes, ProbedAt: ago(4 * time.Minute), Count: Count{Known: true, Profiles: 2148309, At: ago(9 * time.Hour)}, Policies: policies,
		Quotas: []Quota{{"attributes", 18, 25}},
	}
	broken := Overview{Probes: probes, ProbedAt: ago(time.Minute), Count: Count{Trouble: "throttled"}, PolicyTrouble: "platform_failed"}
	busy := reader("en", "home.title", "/", nil)
	busy.Demo = true
	busy.Banners = []Banner{{"freeze", "warn", busy.T("banner.frozen")}}
	return map[string]templ.Component{
		"home":            HomePage(reader("en", "home.title", "/", nil), Home{Cards: cards}),
		"home-pt":         HomePage(reader("pt-BR", "home.title", "/", nil), Home{Cards: cards}),
		"home-banners":    HomePage(busy, Home{Cards: cards[2:], Work: []WorkItem{{Kind: "run", Text: "Look-up of 812 rows", Href: "/jobs", Sandbox: "dev", At: ago(3 * time.Minute)}}, Trouble: "platform_failed"}),
		"overview":        OverviewPage(reader("en", "overview.title", "/s/dev", dev), full),
		"overview-prod":   OverviewPage(reader("pt-BR", "overview.title", "/s/prod", prod), full),
		"overview-broken": OverviewPage(reader("en", "overview.title", "/s/stage", stage), broken),
	}
}

func lookupStories() map[string]templ.Component {
	recent := []RecentHandle{
		{Handle: "hq7n2xw4m9", Href: "/s/dev/profiles/hq7n2xw4m9", Label: "ana.souza@example.com", Namespace: "Email", Used: ago(12 * time.Minute)},
		{Handle: "tz5k8r1c3d", Href: "/s/dev/profiles/tz5k8r1c3d", Namespace: "ECID", Policy: "CRM first", Used: ago(3 * 24 * time.Hour)},
	}
	policies := []Option{{"0b9d6ad6", "Default Timebased"}, {"f3c8d1c4", "CRM first"}}
	spaces := []Option{{"Email", "Email"}, {"ECID", "ECID"}, {"LoyaltyId", "Loyalty id"}}
	tried := []Tried{{"Email", "lookup.why.mail"}, {"EmailHash", "lookup.why.custom"}}
	page := func(lang string, s *Sandbox) Page { return reader(lang, "lookup.title", s.URL("/profiles"), s) }
	all := map[string]templ.Component{
		"lookup":       LookupPage(page("en", dev), Lookup{Namespaces: spaces, Policies: policies, Recent: recent}),
		"lookup-empty": LookupPage(page("pt-BR", prod), Lookup{Namespaces: spaces, Policies: policies}),
		"lookup-invalid": LookupPage(page("en", dev), Lookup{
			Form: LookupForm{Q: `<b>"ana"`}, Namespaces: spaces, Policies: policies,
			Answer: &Answer{Outcome: "invalid", Invalid: "lookup.invalid.markup"}, RecentTrouble: "store_failed",
		}),
	}
	for _, outcome := range []string{"unknown", "too-many", "wrong-policy", "not-licensed", "throttled", "down"} {
		a := &Answer{Outcome: outcome, Tried: tried}
		if outcome == "throttled" {
			a.Wait = 90 * time.Second
		}
		all["lookup-"+outcome] = LookupPage(page("en", dev), Lookup{
			Form: LookupForm{Namespace: "Email", ID: "nobody@example.com", Policy: "f3c8d1c4"}, Policies: policies, Answer: a, Recent: recent,
		})
	}
	return all
}

func attributeRows() []Attribute {
	return []Attribute{
		{Path: "person", Label: "person", Group: true, Kind: "object", Value: "3", Title: "Person"},
		{Path: "person.name", Label: "name", Depth: 1, Group: true, Kind: "object", Value: "2", Title: "Full name"},
		{Path: "person.name.firstName", Label: "firstName", Depth: 2, Kind: "string", Value: "Ana", Title: "First name"},
		{Path: "person.name.lastName", Label: "lastName", Depth: 2, Kind: "string", Value: "Souza", Title: "Last name"},
		{Path: "person.birthDate", Label: "birthDate", Depth: 1, Kind: "date", Masked: true, Title: "Birth date"},
		{Path: "personalEmail.address", Label: "personalEmail.address", Kind: "string", Value: "ana.souza@example.com", Title: "Address"},
		{Path: "_northwind", Label: "_northwind", Group: true, Kind: "object", Value: "4"},
		{Path: "_northwind.loyalty.points", Label: "loyalty.points", Depth: 1, Kind: "number", Value: "18240", Title: "Loyalty points"},
		{Path: "_northwind.vip", Label: "vip", Depth: 1, Kind: "boolean", Value: "true", Title: "VIP"},
		{Path: "_northwind.note", Label: "note", Depth: 1, Kind: "string", Value: "مرحبا 👋 <script>alert(1)</script> \"quoted\"", Cut: 1240},
		{Path: "_northwind.taxId", Label: "taxId", Depth: 1, Kind: "string", Masked: true, Title: "Tax id"},
	}
}

func profileStories() map[string]templ.Component {
	page := func(lang string, s *Sandbox) Page {
		return reader(lang, "profile.title", s.URL("/profiles/hq7n2xw4m9"), s)
	}
	ana := Profile{
		Handle: "hq7n2xw4m9", Name: "Ana Souza", Identity: "ana.souza@example.com", Namespace: "Email", IdentityCount: 6,
		LastModified: ago(26 * time.Hour), Policy: "Default Timebased", Datasets: 4, Tab: "attributes",
		Attributes: Attributes{
			View: "tree", Total: 11, Matched: 11, Rows: attributeRows(), Policies: []Option{{"0b9d6ad6", "Default Timebased"}, {"f3c8d1c4", "CRM first"}},
			Computed: []Computed{
				{Name: "totalSpend90d", Title: "Spend in 90 days", Value: "1,284.50", Evaluated: ago(7 * time.Hour)},
				{Name: "lastStore", Value: "Pinheiros", At: ago(31 * time.Hour), Evaluated: ago(7 * time.Hour)},
			},
		},
	}
	flat := ana
	flat.IdentityCount, flat.Warnings = 45, []Warning{
		{Kind: "many_identities", Args: []any{45}}, {Kind: "young_link"},
		{Kind: "other_people", Links: []Option{{"/s/dev/profiles/tz5k8r1c3d", "Phone"}}},
	}
	flat.Attributes.View, flat.Attributes.Q, flat.Attributes.Matched = "flat", "name", 2
	flat.Attributes.Rows, flat.Attributes.SchemaTrouble = attributeRows()[2:4], "too_slow"
	none := ana
	none.Attributes.Q, none.Attributes.Matched, none.Attributes.Rows, none.Attributes.Computed = "zzz", 0, nil, nil
	empty := Profile{Handle: "hq7n2xw4m9", Namespace: "Phone", Hidden: true, IdentityCount: 1, Policy: "Default Timebased", Datasets: -1, Empty: true}
	return map[string]templ.Component{
		"profile":          ProfilePage(page("en", dev), ana),
		"profile-prod":     ProfilePage(page("pt-BR", prod), ana),
		"profile-flat":     ProfilePage(page("en", dev), flat),
		"profile-no-match": ProfilePage(page("en", dev), none),
		"profile-empty":    ProfilePage(page("pt-BR", dev), empty),
	}
}

func auditStories() map[string]templ.Component {
	yes, no := true, false
	print := "2026a:" + strings.Repeat("5f3a9c", 10) + "01ab"
	before := Event{
		Seq: 1042, At: ago(3 * time.Minute), Kind: "profile.lookup", Phase: "before", Actor: "Ana Reader", Issuer: "https://idp.example",
		Groups: []string{"aep-analysts"}, Sandbox: "prod", Right: "profile.read", Allowed: &yes, Subjects: []string{print},
		IP: "10.2.0.7", RequestID: "01JDF3Q8ZK7M2W5T9X4C6V1B0N", Op: "QXJ7RPZVN2",
	}
	after := before
	after.Seq, after.Phase, after.Outcome, after.Adobe = 1043, "after", "found", "200 9f1c"
	after.Detail = []Fact{{"policy", "0b9d6ad6"}}
	denied := Event{Seq: 1041, At: ago(2 * time.Hour), Kind: "access.denied", Actor: "Olu Outsider", Right: "audit.read", Allowed: &no}
	start := Event{Seq: 1040, At: ago(50 * time.Hour), Kind: "session.start", Actor: "Ana Reader"}
	list := AuditList{
		Kinds: []string{"profile.lookup", "session.start"}, Sandboxes: []string{"prod", "dev"}, Rows: []Event{after, before, denied, start},
		Next: "/audit?cursor=1040", CSV: "/audit.csv", Verify: true, Subject: SubjectForm{Namespaces: []Option{{"Email", "Email"}}},
	}
	wrong := list
	wrong.Rows, wrong.Filter = nil, AuditFilter{Actor: "Ana", From: "yesterday"}
	wrong.Invalid, wrong.Subject.Invalid = map[string]string{"from": "audit.invalid.from"}, "audit.invalid.id"
	hash := strings.Repeat("q", 43) + "="
	proof := &Proof{Size: 1100, Root: hash, Hashes: []string{hash, hash, hash}, Checkpoint: "profiledesk\n1100\n" + hash + "\n\n— profiledesk aGVsbG8=\n", JSON: "{}"}
	page := func(lang, title, path string) Page { return reader(lang, title, path, nil) }
	return map[string]templ.Component{
		"audit":       AuditPage(page("en", "audit.title", "/audit"), list),
		"audit-wrong": AuditPage(page("pt-BR", "audit.title", "/audit"), wrong),
		"event":       AuditEventPage(page("en", "audit.event.title", "/audit/1043"), AuditEvent{Event: after, Pair: &before, Leaf: `{"v":1,"seq":1043,"kind":"profile.lookup"}`, Hash: hash, Proof: proof, Prev: "/audit/1042"}),
		"event-open":  AuditEventPage(page("pt-BR", "audit.event.title", "/audit/1042"), AuditEvent{Event: before, Leaf: `{"v":1,"seq":1042}`, Hash: hash, Next: "/audit/1043"}),
		"integrity": IntegrityPage(page("en", "integrity.title", "/audit/verify"), Integrity{
			OK: true, Size: 1100, Root: hash, Checkpoint: proof.Checkpoint, SignedAt: ago(20 * time.Second), SignedSize: 1100, Key: "profiledesk+1f2e3d4c+AbC", CheckedAt: now, Took: 83 * time.Millisecond,
		}),
		"integrity-bad": IntegrityPage(page("en", "integrity.title", "/audit/verify"), Integrity{Size: 1100, BadSeq: 417, What: "the line was changed", CheckedAt: now, Took: 83 * time.Millisecond}),
	}
}

func ownStories() map[string]templ.Component {
	rights := []string{"profile.read", "profile.reveal", "attribute.edit", "export.run", "delete.request", "delete.all", "delete.approve", "audit.read", "admin"}
	access := Access{Groups: []string{"aep-analysts"}, GroupsAt: ago(20 * time.Second), Rights: rights, PolicySHA: strings.Repeat("7b1e", 16), PolicyAt: ago(5 * time.Hour)}
	for _, s := range []struct{ name, level string }{{"prod", "guarded"}, {"stage", "frozen"}, {"dev", "open"}, {"*", ""}} {
		row := AccessRow{Sandbox: s.name, Level: s.level}
		for i, r := range rights {
			g := Grant{Right: r, Sandbox: s.name, Allowed: s.name != "*" && (i == 0 || i == 2 || i == 3)}
			switch {
			case g.Allowed:
				g.Through = "aep-analysts"
			case i > 3:
				g.Would = []string{"aep-approvers", "aep-admins"}
			}
			row.Grants = append(row.Grants, g)
		}
		access.Rows = append(access.Rows, row)
	}
	me := Me{
		Op: "OP1", Zone: "America/Sao_Paulo", Shortcuts: true, Zones: words.Zones(), Languages: []Option{{"en", "English"}, {"pt-BR", "Português (Brasil)"}},
		Sessions: []Session{
			{ID: "s1", Op: "OP2", Current: true, Created: ago(2 * time.Hour), Seen: ago(time.Second), Expires: now.Add(8 * time.Hour)},
			{ID: "s2", Op: "OP3", Created: ago(9 * time.Hour), Seen: ago(25 * time.Minute), Expires: now.Add(time.Hour)},
		},
		Handles: []Handle{{Handle: "hq7n2xw4m9", Op: "OP4", Href: "/s/dev/profiles/hq7n2xw4m9", Sandbox: "dev", Label: "ana.souza@example.com", Namespace: "Email", Used: ago(12 * time.Minute), Expires: now.Add(30 * 24 * time.Hour)}},
	}
	wrong := me
	wrong.Zone, wrong.Invalid, wrong.Handles, wrong.SessionsTrouble = "Brasilia", map[string]string{"zone": "me.invalid.zone"}, nil, "store_failed"
	status := Status{
		At: now, Version: "0.1.0",
		Parts:     []Part{{"idp", "ok", ago(3 * time.Hour), ""}, {"aep", "warn", ago(4 * time.Minute), "3 of 20 calls throttled"}, {"store", "ok", time.Time{}, "SQLite"}, {"log", "ok", time.Time{}, ""}, {"policy", "bad", ago(time.Hour), "line 12: unknown key"}},
		MayFreeze: true, FreezeForm: ReasonForm{Op: "OP5"},
	}
	frozen := status
	frozen.Freeze = &Freeze{By: "Ada Admin", Reason: "Investigating a wrong batch", At: ago(time.Hour)}
	frozen.Held, frozen.FreezeForm, frozen.Release = true, ReasonForm{Op: "OP6", Invalid: "reason.empty"}, ReasonForm{Op: "OP7"}
	page := func(lang, title, path string) Page { return reader(lang, title, path, nil) }
	return map[string]templ.Component{
		"access":        AccessPage(page("en", "access.title", "/access"), access),
		"access-pt":     AccessPage(page("pt-BR", "access.title", "/access"), access),
		"access-none":   AccessPage(page("en", "access.title", "/access"), Access{Rights: rights, Stale: true}),
		"me":            MePage(page("en", "me.title", "/me"), me),
		"me-wrong":      MePage(page("pt-BR", "me.title", "/me"), wrong),
		"status":        StatusPage(page("en", "status.title", "/status"), status),
		"status-frozen": StatusPage(page("pt-BR", "status.title", "/status"), frozen),
	}
}

// manyRows are the first rows of a large profile.
func manyRows(n int) []Attribute {
	rows := make([]Attribute, n)
	for i := range rows {
		rows[i] = Attribute{
			Path:  fmt.Sprintf("_northwind.orders[%d].shippingAddress.postalCode", i),
			Value: strings.Repeat("v", 60), Kind: "string", Title: "Postal code of the order",
		}
	}
	return rows
}
