package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

// connectPostgres opens the pool. Errors do not show the URL: it may hold a
// password.
func (s *Store) connectPostgres(ctx context.Context) error {
	s.dialect = dialect{name: "postgres", forUpdate: " FOR UPDATE", soften: "SET LOCAL synchronous_commit = off", snapshot: sql.LevelRepeatableRead}
	cfg, err := pgxpool.ParseConfig(s.cfg.URL)
	if err != nil {
		return errors.New("the database URL cannot be read")
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "profiledesk"
	if cfg.ConnConfig.ConnectTimeout == 0 {
		cfg.ConnConfig.ConnectTimeout = 5 * time.Second
	}
	cfg.MaxConns = max(cfg.MaxConns, 16)
	cfg.AfterConnect = commitsAreDurable
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return errors.New("the database URL cannot be used")
	}
	s.free = append(s.free, func() error { pool.Close(); return nil })
	db := stdlib.OpenDBFromPool(pool)
	s.free = append(s.free, db.Close)
	s.w, s.r, s.k.DB = db, db, db
	if err := db.PingContext(ctx); err != nil {
		return publicError(err)
	}
	return nil
}

// commitsAreDurable undoes a server's or role's setting under which a commit
// returns before it is on disk: the log would promise what it cannot keep.
func commitsAreDurable(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'")
	return err
}

// publicError is a connection's error without host, user and database.
func publicError(err error) error {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		return err
	}
	return errors.New("the database cannot be reached, or refused the connection")
}
