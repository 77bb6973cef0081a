package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations
var migrations embed.FS

// schemaVersion is the number of the last migration, in both folders.
const schemaVersion = 3

// migrate brings the schema up to date. A database that is up to date, the
// usual case, costs one query.
func (s *Store) migrate(ctx context.Context) error {
	version, err := s.version(ctx)
	switch {
	case err == nil && version == schemaVersion:
		return nil
	case err == nil && version > schemaVersion:
		return fmt.Errorf("%w: its schema is %d, this program's is %d", ErrSchema, version, schemaVersion)
	case s.cfg.ReadOnly && err != nil:
		return fmt.Errorf("%w: %w", ErrSchema, err)
	case s.cfg.ReadOnly:
		return fmt.Errorf("%w: its schema is %d, this program's is %d; start the site once", ErrSchema, version, schemaVersion)
	}
	provider, err := s.migrator()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// version is the number of the last migration that was applied.
func (s *Store) version(ctx context.Context) (int64, error) {
	var version int64
	err := s.r.QueryRowContext(ctx, "SELECT COALESCE(MAX(version_id), 0) FROM goose_db_version").Scan(&version)
	return version, err
}

func (s *Store) migrator() (*goose.Provider, error) {
	folder, err := fs.Sub(migrations, "migrations/"+s.dialect.name)
	if err != nil {
		return nil, err
	}
	dialect, options := goose.DialectSQLite3, []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	if s.dialect.name == "postgres" {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 60))
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(dialect, s.w, folder, options...)
}
