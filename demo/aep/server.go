// Package aep is a faithful emulator of Adobe Experience Platform's HTTP API
// (Real-Time Customer Profile and what stands around it) for the demo and for
// tests. It speaks for the IMS token service, the platform and the identity
// host on one base URL, keeps its state in memory and can be told to misbehave
// through a control port.
//
// What is kept is what Adobe keeps: record fragments by dataset, batch and
// identity, experience events, and links between identities. A profile is
// merged from them each time it is read, under the merge policy asked for, so
// that a delete shows at once wherever the deleted data took part.
package aep

import (
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Config is what an emulator is made from. The zero value works.
type Config struct {
	// Now is the clock of the whole emulator; nil means time.Now. Data is
	// generated relative to 00:00 UTC of the day New is called.
	Now func() time.Time
	// Speed divides the emulator's own waits (job phases, evaluations); values
	// up to zero mean 1. Time stamps stay those of Now.
	Speed float64
	// Journal receives one JSON line for each request, before its answer is
	// sent. Nil keeps the journal in memory only.
	Journal io.Writer
	// SetUser is called by PUT /idp/users/{username} of the control port; nil
	// answers 501 there. An error becomes a 404 with its text.
	SetUser func(username string, groups []string, disabled bool) error
	// Seed chooses the generated data; 0 means the demo's own seed. Equal seeds
	// on equal days give equal data.
	Seed uint64
	// Credentials replace the generated ones, so that settings written earlier
	// keep working. The zero value means the demo's own.
	Credentials Credentials
}

// Credentials are what a client needs to be let in.
type Credentials struct {
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	OrgID        string `json:"org_id"`
	Scopes       string `json:"scopes"` // comma-separated
}

// Server is the emulator. It is an http.Handler for the whole API: with it at
// BASE, a client uses BASE for platform and identity and BASE/ims for IMS.
type Server struct {
	now         func() time.Time
	speed       float64 // waits are divided by it
	credentials Credentials
	setUser     func(string, []string, bool) error
	journal     *journal
	rules       *ruleBook
	switches    atomic.Pointer[Switches]
	limiter     limiter
	routes      *router
	boxes       []*sandbox
	tokens      sync.Map // token text → *token
	closing     context.Context
	close       context.CancelFunc
}

var _ http.Handler = (*Server)(nil)

// New returns an emulator with its data generated. It takes well under a
// second and starts no goroutine.
func New(cfg Config) *Server {
	s := newServer(cfg)
	seed := cfg.Seed
	if seed == 0 {
		seed = demoSeed
	}
	s.boxes = generate(seed, s.now().UTC().Truncate(24*time.Hour))
	return s
}

// newServer is an emulator without sandboxes.
func newServer(cfg Config) *Server {
	s := &Server{
		now: cfg.Now, speed: cfg.Speed, setUser: cfg.SetUser, credentials: cfg.Credentials,
		journal: newJournal(cfg.Journal), rules: &ruleBook{}, routes: newRouter(),
	}
	s.closing, s.close = context.WithCancel(context.Background())
	if s.now == nil {
		s.now = time.Now
	}
	if s.speed <= 0 {
		s.speed = 1
	}
	if s.credentials == (Credentials{}) {
		s.credentials = demoCredentials
	}
	sw := defaultSwitches()
	s.switches.Store(&sw)
	return s
}

// Close ends the answers that a rule keeps waiting, so that an http.Server in
// front of s can shut down. Calls that a rule would keep waiting later on are
// cut off at once; all others are answered as before.
func (s *Server) Close() { s.close() }

// Credentials returns what a client must present.
func (s *Server) Credentials() Credentials { return s.credentials }

// box finds a sandbox by its technical name, which is compared exactly.
func (s *Server) box(name string) *sandbox {
	for _, b := range s.boxes {
		if b.name == name {
			return b
		}
	}
	return nil
}

// defaultBox is the production sandbox that Identity falls back to.
func (s *Server) defaultBox() *sandbox {
	for _, b := range s.boxes {
		if b.isDefault {
			return b
		}
	}
	return nil
}
