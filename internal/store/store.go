// Package store is the one database: SQLite for one process, PostgreSQL for
// several replicas. All SQL is here. It keeps and finds; it decides nothing.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/audit"
	"profiledesk/internal/seal"
)

// Errors that callers branch on.
var (
	ErrLocked  = errors.New("another process has the database")                // a second process on one SQLite file
	ErrSchema  = errors.New("the database is not one that this program reads") // none of ours, or of a newer program
	ErrNoEvent = errors.New("no such event")
)

// Config is what a store needs. URL and Box are required; the others may be
// zero, and then that part is off.
type Config struct {
	URL      string    // sqlite:PATH or postgres://…
	ReadOnly bool      // for commands beside a running site: no lock, no migration, no write
	Box      *seal.Box // seals names and addresses of people; not needed where ReadOnly

	Now    func() time.Time
	Logger *slog.Logger

	Signer         note.Signer  // of checkpoints
	VerifierKeys   string       // verifier keys of the signer and its forerunners, blanks between
	CheckpointFile string       // second place of checkpoints; only grows
	CheckpointURL  string       // webhook for the same
	Client         *http.Client // for the webhook

	// HandleLife is how long a handle lives after its last use, as of now. nil:
	// none is swept.
	HandleLife func() time.Duration

	Rate  float64 // calls to Adobe per second and sandbox; 0: no limit
	Burst int     // calls that may come at once; 0: one second's worth

	// Observe is told how long a thing took: "commit" is one write
	// transaction's commit, "record" what a caller of Record waited.
	Observe func(name string, d time.Duration)
}

// Store is the open database. Its methods may be called from many goroutines.
type Store struct {
	cfg     Config
	dialect dialect
	w, r    *sql.DB              // writes; reads. The same pool on PostgreSQL
	k       keyed                // reads single rows
	kept    map[string]*sql.Stmt // of w; not changed once the store is open
	now     func() time.Time
	log     *slog.Logger
	free    []func() error // what Close lets go of, last first

	recorder  *recorder
	publisher *publisher
	counted   counted
	health    health
}

// dialect is where the two databases differ.
type dialect struct {
	name      string
	forUpdate string // ends a SELECT that locks its row
	soften    string // statement that spares a transaction the wait for the disk
	harden    string // and takes it back, where it outlives the transaction
	snapshot  sql.IsolationLevel
}

// Open opens the database, brings its schema up to date, and starts what runs
// beside requests. It does not wait for other services. Its error wraps
// ErrLocked or ErrSchema where these are the cause.
func Open(ctx context.Context, cfg Config) (*Store, error) {
	s := &Store{cfg: cfg, now: cfg.Now, log: cfg.Logger}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if cfg.Box == nil && !cfg.ReadOnly {
		return nil, errors.New("open store: no key to seal with")
	}
	if err := s.open(ctx); err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.release()))
	}
	if cfg.ReadOnly {
		return s, nil
	}
	if err := s.startPublisher(ctx); err != nil {
		return nil, fmt.Errorf("open store: %w", errors.Join(err, s.release()))
	}
	s.startRecorder()
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := s.connect(ctx); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	return s.keepStatements(ctx)
}

// Close commits what was handed to RecordLater, signs a last checkpoint, and
// closes the database. Nothing may be called after it.
func (s *Store) Close() error {
	var err error
	if s.recorder != nil {
		s.recorder.close()
		err = s.closePublisher()
	}
	return errors.Join(err, s.release())
}

// release lets go of files and connections, in the opposite order of opening.
func (s *Store) release() error {
	var errs []error
	for i := len(s.free) - 1; i >= 0; i-- {
		errs = append(errs, s.free[i]())
	}
	s.free = nil
	return errors.Join(errs...)
}

// DB is the pool that writes, for a job queue that enqueues in our
// transactions. On SQLite it has one connection: inside a transaction only that
// transaction is used, or the call never returns.
func (s *Store) DB() *sql.DB { return s.w }

func (s *Store) observe(name string, since time.Time) {
	if s.cfg.Observe != nil {
		s.cfg.Observe(name, time.Since(since))
	}
}

// stamp is t as columns hold it: ” is the zero time.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return audit.FormatTime(t)
}

// unstamp reads what stamp wrote. What it cannot read is no time.
func unstamp(s string) time.Time {
	t, err := audit.ParseTime(s)
	if err != nil {
		return time.Time{}
	}
	return t
}
