package store

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"

	"profiledesk/internal/audit"
)

// benchmarks runs a benchmark on SQLite, and on PostgreSQL where there is one.
func benchmarks(b *testing.B, bench func(b *testing.B, s *Store)) {
	b.Run("sqlite", func(b *testing.B) { bench(b, open(b, testConfig(b, "sqlite:"+filepath.Join(b.TempDir(), "db")))) })
	b.Run("postgres", func(b *testing.B) { bench(b, open(b, testConfig(b, postgresURL(b)))) })
}

// BenchmarkRecord is one durable event for each caller, callers in parallel.
func BenchmarkRecord(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			benchmarks(b, func(b *testing.B, s *Store) {
				b.ResetTimer()
				var wg sync.WaitGroup
				for i := range callers {
					wg.Go(func() {
						for n := i; n < b.N; n += callers {
							if err := s.Record(context.Background(), lookupEvent(n)); err != nil {
								b.Error(err)
							}
						}
					})
				}
				wg.Wait()
			})
		})
	}
}

// BenchmarkSession is what every request reads.
func BenchmarkSession(b *testing.B) {
	benchmarks(b, func(b *testing.B, s *Store) {
		err := s.Tx(b.Context(), func(tx *Tx) error { return tx.PutSession(b.Context(), session("a", "ana")) })
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := s.Session(b.Context(), "a"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkVerify is the whole log, per row.
func BenchmarkVerify(b *testing.B) {
	const size = 2000
	benchmarks(b, func(b *testing.B, s *Store) {
		record(b, s, size)
		for b.Loop() {
			if report, err := s.Verify(b.Context()); err != nil || !report.OK() {
				b.Fatal(report, err)
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/size, "ns/row")
	})
}

// BenchmarkEvents is a page of the log by customer.
func BenchmarkEvents(b *testing.B) {
	benchmarks(b, func(b *testing.B, s *Store) {
		record(b, s, 2000)
		f := audit.Filter{Sandboxes: []string{"dev"}, Subjects: []string{fmt.Sprintf("k1:%032x", 2)}}
		for b.Loop() {
			if _, err := s.Events(b.Context(), f); err != nil {
				b.Fatal(err)
			}
		}
	})
}
