package apiclient

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
)

// Defaults of [Config].
const (
	DefaultMaxBody        = 64 << 20
	DefaultAttemptTimeout = 30 * time.Second
)

// Config says which platform to talk to, as whom, and within what limits.
type Config struct {
	URL         string // the platform, e.g. https://platform.adobe.io
	IdentityURL string // host of the identity service, which is regional; empty: URL
	IMSURL      string // the token service, ending in /ims

	OrgID        string // organisation, with its @AdobeOrg suffix
	ClientID     string // API key of the credential
	ClientSecret string
	Scopes       string // comma-separated, as the developer console prints them

	Transport      http.RoundTripper // carries reads and token requests; nil: [NewReadTransport]
	WriteTransport http.RoundTripper // carries writes; nil: one fresh HTTP/1.1 connection for each. See [NewWriteTransport]
	Budget         Budget            // leases permission for calls; nil: no limit
	Now            func() time.Time  // nil: time.Now
	UserAgent      string
	MaxBody        int64         // bytes of one answer, after decompression; 0: 64 MiB
	AttemptTimeout time.Duration // time for one attempt, body included; 0: 30 s. The caller's context bounds all attempts together
	Tries          int           // attempts at one read, the first included; 0: 5
	Observe        func(Call)    // told of every call once, when it ends, by several goroutines at a time
}

// Call is one finished call of the client, for metrics. It holds no personal data.
type Call struct {
	Op       string // as in [Error]; "POST token" is the token service
	Sandbox  string // empty where the call concerns the whole organisation
	Status   int    // of the last answer; 0 if none came
	Duration time.Duration
	Attempts int // requests sent; 0 if it was refused before
	Err      error
}

// Client talks to one organisation. It is safe for concurrent use.
type Client struct {
	Sandboxes     *SandboxesService
	Entities      *EntitiesService
	Identities    *IdentitiesService
	MergePolicies *MergePoliciesService
	Previews      *PreviewsService
	Datasets      *DatasetsService
	Batches       *BatchesService
	Schemas       *SchemasService
	Segments      *SegmentsService
	Audiences     *AudiencesService
	Attributes    *AttributesService
	ExportJobs    *ExportJobsService
	SystemJobs    *SystemJobsService
	Hygiene       *HygieneService

	cfg      Config
	base     string // without a trailing slash
	identity string
	reads    http.RoundTripper
	writes   http.RoundTripper
	tokens   *tokens
	budget   *leases
	breakers *breakers
	sleep    func(context.Context, time.Duration) error
	close    func()
	byID     sync.Map // sandboxes whose system jobs are asked for by id, to that id
}

type service struct{ c *Client }

// The services of the platform, each with the calls of one page of its reference.
type (
	SandboxesService     service // sandboxes of the organisation
	EntitiesService      service // profiles and their events
	IdentitiesService    service // namespaces, XIDs and the identity graph
	MergePoliciesService service // how fragments become a profile
	PreviewsService      service // counts, by dataset and by namespace
	DatasetsService      service // datasets of the catalog
	BatchesService       service // batches of the catalog
	SchemasService       service // union schemas and schemas of the tenant
	SegmentsService      service // segment definitions
	AudiencesService     service // audiences, external ones too
	AttributesService    service // computed attributes
	ExportJobsService    service // exports of profiles into datasets
	SystemJobsService    service // deletes of datasets and batches in the profile store
	HygieneService       service // record deletes, expirations and their quota
)

// New returns a client for cfg. It makes no call. The error names every setting
// that is missing or wrong, never its value.
func New(cfg Config) (*Client, error) {
	if cfg.IdentityURL == "" {
		cfg.IdentityURL = cfg.URL
	}
	if err := cfg.check(); err != nil {
		return nil, err
	}
	cfg.fill()
	c := &Client{
		cfg:      cfg,
		base:     strings.TrimRight(cfg.URL, "/"),
		identity: strings.TrimRight(cfg.IdentityURL, "/"),
		reads:    cfg.Transport,
		writes:   cfg.WriteTransport,
		budget:   newLeases(cfg.Budget, cfg.Now),
		breakers: newBreakers(cfg.Now),
		sleep:    sleep,
		close:    func() {},
	}
	if c.reads == nil {
		t := NewReadTransport(cfg.AttemptTimeout)
		c.reads, c.close = t, t.CloseIdleConnections
	}
	if c.writes == nil {
		c.writes = NewWriteTransport(cfg.Transport)
	}
	c.tokens = newTokens(c)
	c.services()
	return c, nil
}

func (c *Client) services() {
	c.Sandboxes = &SandboxesService{c}
	c.Entities = &EntitiesService{c}
	c.Identities = &IdentitiesService{c}
	c.MergePolicies = &MergePoliciesService{c}
	c.Previews = &PreviewsService{c}
	c.Datasets = &DatasetsService{c}
	c.Batches = &BatchesService{c}
	c.Schemas = &SchemasService{c}
	c.Segments = &SegmentsService{c}
	c.Audiences = &AudiencesService{c}
	c.Attributes = &AttributesService{c}
	c.ExportJobs = &ExportJobsService{c}
	c.SystemJobs = &SystemJobsService{c}
	c.Hygiene = &HygieneService{c}
}

// Close ends a token request that may be under way, waits for it, and closes idle
// connections of the client's own transport. Calls after it fail.
func (c *Client) Close() error {
	c.tokens.close()
	c.close()
	return nil
}

// Token makes sure of a valid token, asking for one if there is none. It is the
// cheapest way to learn whether the credential works: nil means that it does as
// far as the token service knows. The errors are those of any call;
// [ErrUnauthorized] means that the credential is wrong.
func (c *Client) Token(ctx context.Context) error {
	_, err := c.tokens.get(ctx)
	return err
}

func (cfg *Config) fill() {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.MaxBody <= 0 {
		cfg.MaxBody = DefaultMaxBody
	}
	if cfg.AttemptTimeout <= 0 {
		cfg.AttemptTimeout = DefaultAttemptTimeout
	}
	if cfg.Tries <= 0 {
		cfg.Tries = 5
	}
	if cfg.UserAgent == "" {
		cfg.UserAgent = "apiclient"
	}
}

func (cfg *Config) check() error {
	var errs []error
	bad := func(name, what string) { errs = append(errs, fmt.Errorf("%s: %s", name, what)) }
	for _, s := range []struct{ name, value string }{{"URL", cfg.URL}, {"IdentityURL", cfg.IdentityURL}, {"IMSURL", cfg.IMSURL}} {
		if what := checkURL(s.value); what != "" {
			bad(s.name, what)
		}
	}
	if cfg.IMSURL != "" && !strings.HasSuffix(strings.TrimRight(cfg.IMSURL, "/"), "/ims") {
		bad("IMSURL", "must end in /ims")
	}
	for _, s := range []struct{ name, value string }{{"OrgID", cfg.OrgID}, {"ClientID", cfg.ClientID}, {"ClientSecret", cfg.ClientSecret}, {"Scopes", cfg.Scopes}} {
		if s.value == "" {
			bad(s.name, "is missing")
		} else if !visible(s.value) {
			bad(s.name, "holds blanks or control characters")
		}
	}
	return errors.Join(errs...)
}

// checkURL says what is wrong with a base URL, or "". Plain http is for loopback:
// everything else would show the token on the wire.
func checkURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return "is missing"
	case err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return "must be an absolute URL without user, query or fragment"
	case u.Scheme == "https":
		return ""
	case u.Scheme != "http":
		return "must be https"
	case u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback():
		return ""
	}
	return "must be https (http on loopback only)"
}

// visible reports whether s can stand in a header as it is: ASCII without blanks.
func visible(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// sleep waits for d or until ctx ends.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// ownedTransport reports the http.Transport under rt, if rt is one.
func ownedTransport(rt http.RoundTripper) (*http.Transport, bool) {
	t, ok := rt.(*http.Transport)
	return t, ok && t != nil
}
