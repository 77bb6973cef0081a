package web

import (
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
)

// strange are values that must be nowhere but where they were sent.
var strange = []string{"ana.souza@example.com", "canary-handle", "canary-query", "canary-cookie", "canary-agent", "canary-method", "canary-path"}

func visitWithCanaries(s *site) {
	b := s.browser()
	b.setCookie("other", "canary-cookie")
	b.signIn("ana", "aep-analysts")
	b.get("/s/dev/profiles/canary-handle?q=canary-query", "User-Agent", "canary-agent", "X-Request-Id", "canary-handle", "Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	b.post("/s/dev/profiles", url.Values{"q": {"ana.souza@example.com"}})
	b.get("/canary-path/ana.souza@example.com")
	b.get("/s/ana.souza@example.com")
	b.do("CANARY-METHOD", "/me", nil)
	b.get("/auth/callback?state=canary-query&error=canary-query&code=canary-query")
	b.get("/login?return=/s/dev/profiles/canary-handle")
	b.post(backchannelPath, url.Values{"logout_token": {"canary-query"}})
	b.get("/login/start?kept=canary-query", "Host", "canary-path.example")
}

func TestLogHoldsNoPersonalData(t *testing.T) {
	s := newSite(t)
	visitWithCanaries(s)
	log := s.log.String()
	for _, canary := range append(strange, "Name of ana", "CANARY-METHOD") {
		if strings.Contains(log, canary) {
			t.Errorf("the log holds %q", canary)
		}
	}
	lines := 0
	for line := range strings.Lines(log) {
		var row map[string]any
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if row["msg"] != "request" {
			continue
		}
		lines++
		for _, key := range []string{"request_id", "method", "route", "status", "ms"} {
			if row[key] == nil {
				t.Errorf("log line without %s: %s", key, line)
			}
		}
		if strings.HasPrefix(row["route"].(string), "/s/{") && row["user"] != "fp-ana" {
			t.Errorf("user %v in %s", row["user"], line)
		}
	}
	if lines != 11 {
		t.Errorf("%d lines for 11 requests:\n%s", lines, log)
	}
}

func TestMetricsHoldRoutesOnly(t *testing.T) {
	m := NewMetrics()
	s := newSite(t, func(c *Config) { c.Metrics = m })
	visitWithCanaries(s)
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	text := w.Body.String()
	for _, want := range []string{
		`profiledesk_request_seconds_count{method="GET",route="/s/{sandbox}/profiles/{handle}",status="2xx"} 1`,
		`profiledesk_request_seconds_count{method="GET",route="none",status="4xx"} 1`,
		`profiledesk_request_seconds_count{method="other",route="none",status="4xx"} 1`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in the metrics", want)
		}
	}
	for _, canary := range append(strange, "CANARY-METHOD", "fp-ana") {
		if strings.Contains(text, canary) {
			t.Errorf("the metrics hold %q", canary)
		}
	}
}

func TestSpansHoldRoutesOnly(t *testing.T) {
	spans := tracetest.NewSpanRecorder()
	s := newSite(t, func(c *Config) { c.Tracing = trace.NewTracerProvider(trace.WithSpanProcessor(spans)) })
	visitWithCanaries(s)
	found := false
	for _, span := range spans.Ended() {
		text := span.Name()
		for _, kv := range span.Attributes() {
			text += " " + string(kv.Key) + "=" + kv.Value.String()
		}
		for _, canary := range append(strange, "CANARY-METHOD", "127.0.0.1:5") {
			if strings.Contains(text, canary) {
				t.Errorf("a span holds %q: %s", canary, text)
			}
		}
		found = found || span.Name() == "GET /s/{sandbox}/profiles/{handle}"
	}
	if !found || len(spans.Ended()) != 11 {
		t.Errorf("%d spans for 11 requests; one of the profile: %v", len(spans.Ended()), found)
	}
}
