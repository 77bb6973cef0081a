package handlers

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/words"
	"profiledesk/views"
)

// Pages is what all groups of handlers share, and the pages that the server
// itself asks for: sign-in, and errors.
type Pages struct {
	Config
	strips sync.Map // name → views.Sandbox as last seen: an error page asks nobody
}

// New makes the shared part. Each group's constructor takes it.
func New(c Config) *Pages { return &Pages{Config: c} }

// nonceKey is where the server puts the nonce of the answer's
// Content-Security-Policy.
const nonceKey = "nonce"

// bare is a page that asks nobody outside: for errors and for people without a
// session.
func (p *Pages) bare(c echo.Context, titleKey string) views.Page {
	r := c.Request()
	ctx := r.Context()
	pref := p.preference(ctx)
	printer := p.printer(r, pref)
	nonce, _ := c.Get(nonceKey).(string)
	page := views.Page{
		Printer: printer, Title: printer.T(titleKey), Nonce: nonce, RequestID: auth.RequestIDFrom(ctx),
		Shortcuts: !pref.ShortcutsOff, Demo: p.Demo,
	}
	if u := auth.UserFrom(ctx); u.Known() {
		page.User = &views.User{Name: u.Name, Email: u.Email}
		page.Nav.Audit = p.readsAudit(u)
		p.lastStrip(&page, u, c.Param("sandbox"))
	}
	return page
}

// lastStrip puts the page into the sandbox name, if u may enter it and it was
// seen before.
func (p *Pages) lastStrip(page *views.Page, u auth.User, name string) {
	strip, ok := p.strips.Load(name)
	if !ok || !p.Policy().Enters(u.Groups, name) {
		return
	}
	seen := strip.(views.Sandbox)
	page.Sandbox = &seen
	page.Nav.Profiles = p.Policy().Allows(u.Groups, auth.ProfileRead, name)
}

// page is a page for the person of c, in the sandbox of the path if it has
// one. The error is that the sandbox cannot be entered.
func (p *Pages) page(c echo.Context, titleKey string) (views.Page, error) {
	ctx := c.Request().Context()
	u := auth.UserFrom(ctx)
	page := p.bare(c, titleKey)
	page.Path = c.Request().URL.Path
	page.Banners = p.banners(ctx, page.Printer, u)
	name := c.Param("sandbox")
	if name == "" {
		return page, nil
	}
	sandbox, err := p.sandbox(ctx, u, name)
	if err != nil {
		return page, err
	}
	page.Sandbox = sandbox
	page.Nav.Profiles = p.Policy().Allows(u.Groups, auth.ProfileRead, name)
	return page, nil
}

// printer speaks the reader's language in their zone, as of now.
func (p *Pages) printer(r *http.Request, pref Preference) words.Printer {
	zone, err := words.LoadZone(pref.Zone)
	if err != nil {
		zone = time.UTC
	}
	return p.Words.Printer(words.Pick(r.Header.Get("Accept-Language"), pref.Language), zone, p.Now())
}

// preference is the reader's; where it cannot be read, nobody's. A page is
// worth more than its language.
func (p *Pages) preference(ctx context.Context) Preference {
	u := auth.UserFrom(ctx)
	if !u.Known() {
		return Preference{}
	}
	pref, err := p.Settings.Preference(ctx, u)
	if err != nil {
		return Preference{}
	}
	return pref
}

// readsAudit tells whether u may read rows of the log at all.
func (p *Pages) readsAudit(u auth.User) bool {
	return slices.ContainsFunc(p.Policy().Grants, func(g auth.Grant) bool {
		return slices.Contains(u.Groups, g.Group) && slices.Contains(g.Rights, auth.AuditRead)
	})
}

// patience is how long a page waits for what Adobe says of a sandbox; it is
// fetched on, for the next page.
const patience = 5 * time.Second

// known are the sandboxes that u may enter.
func (p *Pages) known(ctx context.Context, u auth.User) ([]lookup.Sandbox, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p.Sandboxes.Sandboxes(ctx, u)
}

// sandbox is what the strip says of the sandbox name. While Adobe cannot be
// asked which there are, it says what the policy does.
func (p *Pages) sandbox(ctx context.Context, u auth.User, name string) (*views.Sandbox, error) {
	policy := p.Policy()
	if !policy.Enters(u.Groups, name) {
		return nil, errNotFound
	}
	all, err := p.known(ctx, u)
	for _, s := range all {
		if s.Name == name {
			strip := stripOf(policy, s)
			p.strips.Store(name, strip)
			return &strip, nil
		}
	}
	if err != nil {
		rules := policy.Sandbox(name, "")
		return &views.Sandbox{Name: name, Level: rules.Level, OnePerson: rules.OnePerson()}, nil
	}
	return nil, errNotFound
}

// banners are what a reader should know on every page.
func (p *Pages) banners(ctx context.Context, words words.Printer, u auth.User) []views.Banner {
	var all []views.Banner
	add := func(panel, kind, key string) {
		all = append(all, views.Banner{Panel: panel, Kind: kind, Text: words.T(key)})
	}
	if u.Stale {
		add("groups", "warn", "banner.stale")
	}
	if p.ReadOnly {
		add("read-only", "info", "banner.read_only")
	}
	if s, err := p.Switches.Switch(ctx); err == nil {
		if s.Frozen {
			add("freeze", "warn", "banner.frozen")
		}
		if s.Held {
			add("held", "bad", "banner.held")
		}
	}
	return all
}
