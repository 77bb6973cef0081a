package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/trace"

	"profiledesk/apiclient"
	"profiledesk/handlers"
	"profiledesk/internal/audit"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/seal"
	"profiledesk/internal/store"
	"profiledesk/internal/words"
	"profiledesk/static"
	"profiledesk/web"
)

// site is the assembled server, before it serves and until it is closed.
type site struct {
	config Config
	log    *slog.Logger
	now    func() time.Time

	prints   *seal.Fingerprinter
	policy   *auth.PolicyFile
	provider *auth.Provider
	store    *store.Store
	client   *apiclient.Client
	lookup   *lookup.Service
	health   *health

	handler    http.Handler
	metrics    http.Handler
	background []func(context.Context)
	free       []func() error // what close lets go of, last first
	draining   atomic.Bool
}

// build puts the parts together. It asks nobody outside: the site starts while
// provider and Adobe are down.
func build(ctx context.Context, config Config, log *slog.Logger) (*site, error) {
	s := &site{config: config, log: log, now: time.Now}
	if err := s.assemble(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *site) assemble(ctx context.Context) error {
	gauges, metrics := newGauges(), web.NewMetrics()
	if err := s.openPolicy(); err != nil {
		return err
	}
	if err := s.openStore(ctx, gauges.observeStore); err != nil {
		return err
	}
	if err := s.openClient(gauges.observeCall); err != nil {
		return err
	}
	s.provider = s.newProvider()
	s.openLookup()
	s.health = &health{
		store: s.store, policy: s.policy, provider: s.provider, client: s.client, now: s.now, draining: s.draining.Load,
		file: s.config.CheckpointFile != "" || s.config.CheckpointURL != "", parts: map[string]handlers.Part{},
	}
	if err := gauges.register(metrics, s.store); err != nil {
		return fmt.Errorf("register metrics: %w", err)
	}
	if err := s.openWeb(ctx, metrics); err != nil {
		return err
	}
	s.background = []func(context.Context){s.trim, s.store.RunCheckpoints, s.store.RunSweep, s.health.run, s.watchPolicy}
	return s.recordStart(ctx)
}

func (s *site) openPolicy() error {
	var err error
	if s.policy, err = auth.OpenPolicy(s.config.PolicyFile, s.now); err != nil {
		return &SettingsError{Lines: []string{"POLICY_FILE: " + err.Error()}}
	}
	return nil
}

func (s *site) openStore(ctx context.Context, observe func(string, time.Duration)) error {
	var err error
	s.store, err = store.Open(ctx, store.Config{
		URL: s.config.DatabaseURL, Box: seal.NewBox(s.config.SealKeys), Now: s.now, Logger: s.log,
		Signer: s.config.Signer, VerifierKeys: s.config.VerifierKey,
		CheckpointFile: s.config.CheckpointFile, CheckpointURL: s.config.CheckpointURL,
		HandleLife: func() time.Duration { return s.policy.Current().Clocks.Handle },
		Rate:       s.config.AEPRate, Observe: observe,
	})
	if err != nil {
		return err
	}
	s.free = append(s.free, s.store.Close)
	return nil
}

func (s *site) openClient(observe func(apiclient.Call)) error {
	var err error
	s.client, err = apiclient.New(apiclient.Config{
		URL: s.config.AEPURL, IdentityURL: s.config.AEPIdentityURL, IMSURL: s.config.AEPIMSURL,
		OrgID: s.config.AEPOrgID, ClientID: s.config.AEPClientID, ClientSecret: s.config.AEPClientSecret, Scopes: s.config.AEPScope,
		Budget: s.store, UserAgent: "profiledesk", Observe: observe,
	})
	if err != nil {
		return fmt.Errorf("make the client of Adobe's API: %w", err)
	}
	s.free = append(s.free, s.client.Close)
	return nil
}

func (s *site) newProvider() *auth.Provider {
	return auth.NewProvider(auth.OIDCConfig{
		Issuer: s.config.OIDCIssuer, ClientID: s.config.OIDCClientID, ClientSecret: s.config.OIDCClientSecret,
		RedirectURL: s.config.PublicURL + "/auth/callback", Scopes: s.config.OIDCScopes,
		GroupsClaim: s.config.OIDCGroupsClaim, AllowedHosts: s.config.OIDCAllowedHosts, Now: s.now,
	})
}

func (s *site) openLookup() {
	s.prints = seal.NewFingerprinter(s.config.FingerprintKeys)
	s.lookup = lookup.New(lookup.Config{
		Client: s.client, Store: lookupStore{s.store}, Fingerprints: s.prints, Box: seal.NewBox(s.config.SealKeys),
		Policy: s.policy.Current, Now: s.now, Lookups: s.store.Lookups,
	})
	s.free = append(s.free, s.lookup.Close)
}

// lookupStore is the store as lookup declares it: its transactions are its own.
type lookupStore struct{ *store.Store }

func (l lookupStore) Tx(ctx context.Context, do func(lookup.Tx) error) error {
	return l.Store.Tx(ctx, func(tx *store.Tx) error { return do(tx) })
}

func (s *site) openWeb(ctx context.Context, metrics *web.Metrics) error {
	people := people{store: s.store, now: s.now}
	pages := handlers.New(handlers.Config{
		Words: words.New(), Policy: s.policy.Current, Sandboxes: s.lookup, Settings: people, Switches: people, Now: s.now,
		ReadOnly: s.config.ReadOnly, Demo: s.config.Demo,
	})
	traces, err := s.traces(ctx)
	if err != nil {
		return err
	}
	config := web.Config{
		PublicURL: s.config.PublicURL, CookieKeys: s.config.SessionKeys.Secrets(), TrustedProxies: s.config.TrustedProxies,
		Handlers: s.handlers(pages, people), Pages: pages, Policy: s.policy.Current, Provider: s.provider,
		Sessions: people, Denials: people, Forms: people, Exists: s.exists, Box: seal.NewBox(s.config.SealKeys), Health: s.health,
		Fingerprint: func(issuer, subject string) string { return s.prints.Of("user", issuer, subject) },
		Logger:      s.log, Now: s.now, Metrics: metrics,
	}
	if traces != nil {
		config.Tracing = traces
	}
	if s.handler, err = web.New(config); err != nil {
		return err
	}
	listener := http.NewServeMux()
	listener.Handle("GET /{$}", metrics.Handler())
	listener.Handle("GET /metrics", metrics.Handler())
	s.metrics = listener
	return nil
}

// exists says whether there is such a sandbox, for somebody with a right on *.
// While Adobe cannot be asked, what the policy lets in is let in.
func (s *site) exists(ctx context.Context, sandbox string) bool {
	_, err := s.lookup.Sandbox(ctx, auth.UserFrom(ctx), sandbox)
	return !errors.Is(err, lookup.ErrNoSandbox)
}

// traces is nil where OpenTelemetry's variables ask for none.
func (s *site) traces(ctx context.Context) (*trace.TracerProvider, error) {
	if !s.config.Tracing {
		return nil, nil
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, fmt.Errorf("send traces: %w", err)
	}
	provider := trace.NewTracerProvider(trace.WithBatcher(exporter))
	s.free = append(s.free, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		return provider.Shutdown(ctx)
	})
	return provider, nil
}

func (s *site) handlers(p *handlers.Pages, people people) web.Handlers {
	home, overview := handlers.NewHome(p), handlers.NewOverview(p, s.lookup)
	profiles, profile := handlers.NewProfiles(p, s.lookup), handlers.NewProfile(p, s.lookup)
	book := &logbook{Store: s.store, key: s.config.VerifierKey, now: s.now}
	log := handlers.NewAudit(p, book, book, s.store, s.prints)
	access, me := handlers.NewAccess(p, s.policy.Since), handlers.NewMe(p, people, s.lookup, people)
	status := handlers.NewStatus(p, s.health, Version())
	return web.Handlers{
		Home: home.Show, Overview: overview.Show,
		Profiles: profiles.Show, ProfilesCSV: profiles.CSV, Lookup: profiles.Find, Profile: profile.Show, ProfileCSV: profile.CSV,
		Audit: log.List, AuditCSV: log.CSV, AuditVerify: log.Verify, AuditSubject: log.Subject, AuditEvent: log.Event,
		Access: access.Show, AccessCSV: access.CSV, Me: me.Show, MeSave: me.Save,
		EndSession: me.EndSession, RevokeHandle: me.RevokeHandle, Status: status.Show, Freeze: status.Freeze, Release: status.Release,
		Static: static.Handler(),
	}
}

// recordStart tells the log which settings the site starts with, by name and
// keyed hash, so that a change of one shows without its value.
func (s *site) recordStart(ctx context.Context) error {
	hashes := map[string]any{}
	for _, setting := range s.config.Given {
		hashes[setting.Name] = s.prints.Of("setting", setting.Name, setting.value)
	}
	s.store.RecordLater(&audit.Event{Kind: audit.SettingsSeen, Detail: map[string]any{"settings": hashes, "version": Version()}})
	return s.seePolicy(ctx, s.policy.Current())
}

// seePolicy records a policy that is not the one that was in force last: of
// several replicas, the first one to see it does.
func (s *site) seePolicy(ctx context.Context, p *auth.Policy) error {
	return s.store.Tx(ctx, func(tx *store.Tx) error {
		before, err := tx.SeePolicy(ctx, p.SHA256())
		if err != nil || before == p.SHA256() {
			return err
		}
		return tx.Append(ctx, &audit.Event{Kind: audit.PolicyChanged, Detail: map[string]any{"sha256": p.SHA256(), "before": before}})
	})
}

const policyEvery = 5 * time.Second

func (s *site) watchPolicy(ctx context.Context) {
	s.policy.Run(ctx, policyEvery, func(_, changed *auth.Policy) {
		if err := s.seePolicy(ctx, changed); err != nil {
			s.log.Error("change of policy was not recorded", "err", err)
		}
	})
}

// close lets go of everything, in the opposite order of opening.
func (s *site) close() error {
	var errs []error
	for i := len(s.free) - 1; i >= 0; i-- {
		errs = append(errs, s.free[i]())
	}
	s.free = nil
	return errors.Join(errs...)
}
