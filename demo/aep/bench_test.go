package aep

import (
	"net/http/httptest"
	"testing"
	"time"
)

func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		New(Config{})
	}
}

// BenchmarkLookup is one profile of 8 KB or less, read by many at once.
func BenchmarkLookup(b *testing.B) {
	r := newRig(b, Config{})
	target := profileURL("Email", "ana.souza@example.com")
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			r.s.ServeHTTP(httptest.NewRecorder(), r.request("GET", target, nil))
		}
	})
}

func BenchmarkBigProfile(b *testing.B) {
	r := newRig(b, Config{})
	target := profileURL("Email", "big@example.com")
	for b.Loop() {
		r.s.ServeHTTP(httptest.NewRecorder(), r.request("GET", target, nil))
	}
}

func BenchmarkSample(b *testing.B) {
	box := generate(demoSeed, testDay.Truncate(24*time.Hour))[2]
	for b.Loop() {
		box.takeSample(testDay)
	}
}
