package store

import (
	"context"
	"fmt"
	"math"
	"time"
)

// sliceLife is how long leased calls may be kept before they are made.
const sliceLife = 2 * time.Second

// unlimited is how long a grant holds where there is no limit.
const unlimited = time.Minute

// Lease takes up to want calls to Adobe out of the budget that all replicas
// share for sandbox. What is granted holds for valid; what is not used by then
// is lost. Where nothing is granted, wait says when to ask again.
func (s *Store) Lease(ctx context.Context, sandbox string, want int) (granted int, valid, wait time.Duration, err error) {
	if s.cfg.Rate <= 0 || want <= 0 {
		return max(want, 0), unlimited, 0, nil
	}
	err = s.softTx(ctx, func(t *Tx) error {
		granted, wait, err = t.lease(ctx, sandbox, want)
		return err
	})
	if err != nil {
		return 0, 0, 0, fmt.Errorf("lease calls: %w", err)
	}
	return granted, sliceLife, wait, nil
}

func (t *Tx) lease(ctx context.Context, sandbox string, want int) (granted int, wait time.Duration, err error) {
	rate, burst := t.s.cfg.Rate, float64(t.s.cfg.Burst)
	if burst < 1 {
		burst = max(rate, 1)
	}
	now := t.s.now().UnixMicro()
	if _, err := t.ExecContext(ctx, "INSERT INTO budget (sandbox, tokens, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", sandbox, burst, now); err != nil {
		return 0, 0, err
	}
	var tokens float64
	var at int64
	if err := t.QueryRowContext(ctx, "SELECT tokens, at FROM budget WHERE sandbox = $1"+t.s.dialect.forUpdate, sandbox).Scan(&tokens, &at); err != nil {
		return 0, 0, err
	}
	if now > at { // clocks of replicas differ: time never runs back for a bucket
		tokens = min(burst, tokens+float64(now-at)/1e6*rate)
		at = now
	}
	granted = min(want, int(tokens))
	if granted == 0 {
		return 0, time.Duration(math.Ceil((1 - tokens) / rate * float64(time.Second))), nil
	}
	_, err = t.ExecContext(ctx, "UPDATE budget SET tokens = $1, at = $2 WHERE sandbox = $3", tokens-float64(granted), at, sandbox)
	return granted, 0, err
}
