package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// walCommits is how far the write-ahead log may grow, in commits, before it is
// copied into the database file.
const walCommits = 256

// walIdle is when that is done after the last commit, however few there were.
const walIdle = 2 * time.Second

var useFdatasync = sync.OnceFunc(func() {
	// What SQLite itself does where it finds it. Where it is missing, fsync stays.
	_, _ = sqlite.Fdatasync(true)
})

// connectSQLite opens the file at path: one connection that writes, a few that
// read, and one that copies the write-ahead log beside requests.
func (s *Store) connectSQLite(ctx context.Context, path string) error {
	if path == "" {
		return errors.New("the database URL names no file")
	}
	s.dialect = dialect{name: "sqlite", soften: "PRAGMA synchronous = NORMAL", harden: "PRAGMA synchronous = FULL"}
	if s.cfg.ReadOnly {
		return s.connectSQLiteReadOnly(ctx, path)
	}
	useFdatasync()
	lock, err := lockFile(path + ".lock")
	if err != nil {
		return err
	}
	s.free = append(s.free, lock.Close)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) // what it makes has this mode, and so have the files beside it
	if err != nil {
		return fmt.Errorf("open database file: %w", err)
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("open database file: %w", err)
	}
	const write = "&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(0)&_pragma=journal_size_limit(16777216)&_pragma=foreign_keys(1)&_txlock=immediate"
	if s.w, err = s.pool(ctx, path, write, 1); err != nil {
		return err
	}
	if s.r, err = s.pool(ctx, path, "&_pragma=query_only(1)", 4); err != nil {
		return err
	}
	if s.k.DB, err = s.pool(ctx, path, "&_pragma=query_only(1)", keyReaders); err != nil {
		return err
	}
	s.k.kept = map[string]*sql.Stmt{}
	return s.startWAL(ctx, path)
}

// connectSQLiteReadOnly opens the file beside whoever writes it. Where the
// folder cannot be written and nobody has the file open, it is read as it is.
func (s *Store) connectSQLiteReadOnly(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return fmt.Errorf("open database file: %w", err)
	}
	db, err := s.pool(ctx, path, "&mode=ro&_pragma=query_only(1)", 4)
	if err != nil {
		if _, missing := os.Stat(path + "-wal"); !errors.Is(missing, fs.ErrNotExist) {
			return err
		}
		if db, err = s.pool(ctx, path, "&mode=ro&immutable=1", 4); err != nil {
			return err
		}
	}
	s.w, s.r, s.k.DB = db, db, db
	return nil
}

// pool opens the file with the given settings, and one connection to it.
func (s *Store) pool(ctx context.Context, path, settings string, size int) (*sql.DB, error) {
	dsn := "file:" + escapePath(path) + "?_pragma=busy_timeout(5000)" + settings
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, fmt.Errorf("open database file: %w", err)
	}
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	var schema int64
	if err := db.QueryRowContext(ctx, "PRAGMA schema_version").Scan(&schema); err != nil {
		return nil, fmt.Errorf("open database file: %w", errors.Join(err, db.Close()))
	}
	s.free = append(s.free, db.Close)
	return db, nil
}

// escapePath writes path as SQLite reads it in a file: URI.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// startWAL copies the write-ahead log into the database file beside requests:
// inside a commit, somebody would wait for it.
func (s *Store) startWAL(ctx context.Context, path string) error {
	db, err := s.pool(ctx, path, "&_pragma=synchronous(FULL)&_pragma=wal_autocheckpoint(0)", 1)
	if err != nil {
		return err
	}
	stop, done := make(chan struct{}), make(chan struct{})
	s.health.committed = make(chan struct{}, 1)
	go func() {
		defer close(done)
		for s.waitCommits(stop) {
			s.copyWAL(db, "PASSIVE")
		}
	}()
	s.free = append(s.free, func() error {
		close(stop)
		<-done
		s.copyWAL(db, "TRUNCATE")
		return nil
	})
	return nil
}

// waitCommits returns when enough was committed, or some and then nothing. It
// is false once stop is closed.
func (s *Store) waitCommits(stop <-chan struct{}) bool {
	select {
	case <-s.health.committed:
	case <-stop:
		return false
	}
	quiet := time.NewTimer(walIdle)
	defer quiet.Stop()
	for range walCommits {
		select {
		case <-s.health.committed:
		case <-quiet.C:
			return true
		case <-stop:
			return false
		}
	}
	return true
}

func (s *Store) copyWAL(db *sql.DB, mode string) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var busy, pages, copied int64
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &copied); err != nil {
		s.log.Warn("write-ahead log was not copied", "err", err)
	}
}
