package store

import (
	"context"
	"errors"
	"strings"
)

// connect opens the pools that the URL asks for.
func (s *Store) connect(ctx context.Context) error {
	if path, ok := strings.CutPrefix(s.cfg.URL, "sqlite:"); ok {
		return s.connectSQLite(ctx, strings.TrimPrefix(path, "//"))
	}
	if strings.HasPrefix(s.cfg.URL, "postgres://") || strings.HasPrefix(s.cfg.URL, "postgresql://") {
		return s.connectPostgres(ctx)
	}
	return errors.New("the database URL must begin with sqlite: or postgres://")
}
