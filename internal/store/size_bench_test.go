package store

import (
	"crypto/rand"
	"testing"

	"profiledesk/internal/audit"
)

// BenchmarkSize is what the log takes, indexes included, scaled from 20,000
// events of look-ups to a million.
func BenchmarkSize(b *testing.B) {
	const size = 20_000
	benchmarks(b, func(b *testing.B, s *Store) {
		before := databaseSize(b, s)
		for range size / 20 {
			var events []*audit.Event
			for i := range 10 {
				events = append(events, view(i)...)
			}
			if err := s.Record(b.Context(), events...); err != nil {
				b.Fatal(err)
			}
		}
		for b.Loop() {
			b.ReportMetric(float64(databaseSize(b, s)-before)/size, "MB/million-events") // bytes an event
		}
		b.ReportMetric(0, "ns/op")
	})
}

// view are the two events of one page: of a customer with three identities, whom
// nobody looked at before.
func view(n int) []*audit.Event {
	before := lookupEvent(n)
	before.Kind, before.Op, before.RequestID, before.Target = audit.ProfileView, rand.Text(), rand.Text(), rand.Text()
	before.Subjects = []string{"k1:" + rand.Text()}
	after := *before
	after.Phase, after.Outcome = audit.After, "found"
	after.Subjects = append(after.Subjects, "k1:"+rand.Text(), "k1:"+rand.Text())
	after.Adobe = &audit.Adobe{Status: 200, RequestID: before.Op}
	return []*audit.Event{before, &after}
}

func databaseSize(b *testing.B, s *Store) int64 {
	query := "SELECT pg_database_size(current_database())"
	if s.dialect.name == "sqlite" {
		query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
	}
	var n int64
	if err := s.r.QueryRowContext(b.Context(), query).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}
