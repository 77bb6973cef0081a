package store

import (
	"crypto/rand"
	"encoding/hex"
	"testing"

	"profiledesk/internal/audit"
)

// BenchmarkSize reports what a million events take on disk: look-ups and views,
// before and after, of customers with six identities each.
func BenchmarkSize(b *testing.B) {
	const pairs = 5000
	benchmarks(b, func(b *testing.B, s *Store) {
		query := "SELECT sum(pgsize) FROM dbstat WHERE name LIKE '%audit_%'"
		if s.dialect.name == "postgres" {
			query = "SELECT pg_total_relation_size('audit_event') + pg_total_relation_size('audit_mention')"
		}
		var size, bytes float64
		for b.Loop() {
			for range pairs / 50 {
				var events []*audit.Event
				for range 50 {
					events = append(events, lookupPair()...)
				}
				if err := s.Record(b.Context(), events...); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := s.w.QueryRow("SELECT size FROM audit_head").Scan(&size); err != nil {
			b.Fatal(err)
		}
		if err := s.w.QueryRow(query).Scan(&bytes); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(bytes/size*1e6/(1<<30), "GiB/million-events")
	})
}

// lookupPair is a look-up as the site records it, with ids as long as real ones.
func lookupPair() []*audit.Event {
	before := audit.Event{
		Kind: audit.ProfileLookup, Phase: audit.Before, Op: rand.Text(), RequestID: rand.Text(),
		Actor:  audit.Actor{Issuer: "https://id.example.com/realms/team", Subject: "6f9d3c0e-2b43-4a51-9a37-0d1f6f5f3a10", Name: "Helena Prado"},
		Groups: []string{"aep-analysts", "aep-requesters"}, Sandbox: "prod", Right: "profile.read", Subjects: []string{fingerprint()}, IP: "198.51.100.17",
	}
	after := before
	after.Phase, after.Target, after.Outcome = audit.After, rand.Text(), "found"
	after.Adobe = &audit.Adobe{Status: 200, RequestID: before.Op}
	for range 5 {
		after.Subjects = append(after.Subjects[:len(after.Subjects):len(after.Subjects)], fingerprint())
	}
	return []*audit.Event{&before, &after}
}

func fingerprint() string {
	sum := make([]byte, 32)
	rand.Read(sum)
	return "k1:" + hex.EncodeToString(sum)
}
