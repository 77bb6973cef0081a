package handlers

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"profiledesk/internal/audit"
)

// auditRows is how many events a page of the log has; auditCSVRows is where
// the CSV ends and says so.
const (
	auditRows    = 50
	auditCSVRows = 10_000
)

// What a filter of the log may look like. What does not is refused before it
// reaches the store or the log: somebody may have typed a customer into it.
var (
	fingerprintForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}:[0-9a-f]{64}$`)
	requestForm     = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)
	sandboxForm     = regexp.MustCompile(`^[a-z0-9-]{1,256}$`)
)

// auditQuery is the query of /audit as it was typed.
type auditQuery struct {
	Actor, Kind, Sandbox, From, To, Request string
	Subjects                                []string // fingerprints: several while keys are rotated
	Cursor                                  int64
}

// readAuditQuery reads q for a reader in zone. wrong names the fields that
// cannot be understood; what they would filter is left out of f.
func readAuditQuery(q url.Values, zone *time.Location) (in auditQuery, f audit.Filter, wrong []string) {
	get := func(name string) string { return strings.TrimSpace(q.Get(name)) }
	in = auditQuery{
		Actor: get("actor"), Kind: get("kind"), Sandbox: get("sandbox"), From: get("from"), To: get("to"), Request: get("request"),
	}
	f = audit.Filter{Limit: auditRows}
	check := func(name string, ok bool) bool {
		if !ok {
			wrong = append(wrong, name)
		}
		return ok
	}
	if check("actor", len(in.Actor) <= 200) {
		f.Actor = in.Actor
	}
	if check("kind", in.Kind == "" || knownKind(in.Kind)) {
		f.Kind = in.Kind
	}
	if check("sandbox", in.Sandbox == "" || sandboxForm.MatchString(in.Sandbox)) {
		f.Sandbox = in.Sandbox
	}
	if check("request", in.Request == "" || requestForm.MatchString(in.Request)) {
		f.Request = in.Request
	}
	for _, s := range strings.Fields(strings.Join(q["subject"], " ")) {
		if check("subject", fingerprintForm.MatchString(s)) {
			in.Subjects = append(in.Subjects, s)
		}
	}
	f.Subjects = in.Subjects
	var ok bool
	f.From, ok = readTime(in.From, zone, false)
	check("from", ok)
	f.To, ok = readTime(in.To, zone, true)
	check("to", ok && (f.From.IsZero() || f.To.IsZero() || !f.To.Before(f.From)))
	if c := get("cursor"); c != "" {
		n, err := strconv.ParseInt(c, 10, 64)
		if check("cursor", err == nil && n > 0) {
			f.Cursor, in.Cursor = n, n
		}
	}
	return in, f, wrong
}

// knownKind takes a kind of the log, or the first word of one.
func knownKind(kind string) bool {
	return slices.ContainsFunc(audit.Kinds(), func(k string) bool {
		return k == kind || strings.HasPrefix(k, kind+".")
	})
}

// readTime reads a day in zone, or a time with its own. A day that ends a span
// counts whole.
func readTime(text string, zone *time.Location, end bool) (time.Time, bool) {
	if text == "" {
		return time.Time{}, true
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return t, true
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", text, zone)
	if err == nil {
		return t, true
	}
	t, err = time.ParseInLocation(time.DateOnly, text, zone)
	if err == nil && end {
		t = t.AddDate(0, 0, 1).Add(-time.Microsecond)
	}
	return t, err == nil
}

// recorded is the query as it may stand in the log. What was typed for actor,
// sandbox and request stands there only if something was found by it, a sandbox
// also if it is one that is known: else it may be anybody's name or number.
func (in auditQuery) recorded(found bool, sandboxes []string) auditQuery {
	const notFound = "not found"
	if found {
		return in
	}
	for _, typed := range []*string{&in.Actor, &in.Request} {
		if *typed != "" {
			*typed = notFound
		}
	}
	if in.Sandbox != "" && !slices.Contains(sandboxes, in.Sandbox) {
		in.Sandbox = ""
	}
	return in
}

// detail is what of the filter the log keeps beside its own fields.
func (in auditQuery) detail() map[string]any {
	d := map[string]any{}
	put := func(name, value string) {
		if value != "" {
			d[name] = value
		}
	}
	put("kind", in.Kind)
	put("sandbox", in.Sandbox)
	put("request", in.Request)
	put("from", in.From)
	put("to", in.To)
	put("actor", in.Actor)
	if in.Cursor > 0 {
		d["cursor"] = in.Cursor
	}
	return d
}

// values is the query again, for links: the cursor apart.
func (in auditQuery) values() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"actor": in.Actor, "kind": in.Kind, "sandbox": in.Sandbox, "from": in.From, "to": in.To, "request": in.Request,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if len(in.Subjects) > 0 {
		q.Set("subject", strings.Join(in.Subjects, " ")) // one field of the form
	}
	return q
}
