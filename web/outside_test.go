package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/sdk/trace"
)

func TestDeadlinesReachTheConnection(t *testing.T) {
	for _, tracing := range []bool{false, true} {
		s := newSite(t, func(c *Config) {
			if tracing {
				c.Tracing = trace.NewTracerProvider()
			}
			c.Handlers.Me = func(c echo.Context) error {
				control := http.NewResponseController(c.Response())
				if err := control.SetWriteDeadline(time.Now().Add(-time.Second)); err != nil {
					return err
				}
				return c.HTML(200, "too late")
			}
		})
		b := s.browser()
		b.signIn("ana", "aep-analysts")
		wantStatus(t, b.get("/access"), 200)
		if resp, err := b.Get(s.URL + "/me"); err == nil {
			t.Errorf("tracing %v: status %d after the deadline", tracing, resp.StatusCode)
			_ = resp.Body.Close()
		}
		wantStatus(t, b.get("/access"), 200)
	}
}

func TestTimeLimits(t *testing.T) {
	var left time.Duration
	note := func(c echo.Context) error {
		end, _ := c.Request().Context().Deadline()
		left = time.Until(end)
		return c.HTML(200, "x")
	}
	s := newSite(t, func(c *Config) { c.Handlers.Me, c.Handlers.AccessCSV = note, note })
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	for path, want := range map[string]time.Duration{"/me": timeLimit, "/access.csv": longLimit} {
		b.get(path)
		if left > want || left < want-5*time.Second {
			t.Errorf("GET %s: %v left, want %v", path, left, want)
		}
	}
	stream := &Route{Stream: true}
	if stream.limit() != 0 {
		t.Errorf("a stream ends after %v", stream.limit())
	}
}

func TestForms(t *testing.T) {
	s := newSite(t, func(c *Config) {
		c.Handlers.MeSave = func(c echo.Context) error {
			return c.HTML(200, fmt.Sprint(len(c.Request().PostForm.Get("x"))))
		}
	})
	b := s.browser()
	b.signIn("ana", "aep-analysts")
	for _, tt := range []struct {
		name, kind, body string
		want             int
	}{
		{"form", "application/x-www-form-urlencoded", "x=abc", 200},
		{"form with a charset", "application/x-www-form-urlencoded; charset=utf-8", "x=abc", 200},
		{"empty", "", "", 200},
		{"largest", "application/x-www-form-urlencoded", "x=" + strings.Repeat("a", bodyLimit-2), 200},
		{"too large", "application/x-www-form-urlencoded", "x=" + strings.Repeat("a", bodyLimit), 413},
		{"broken", "application/x-www-form-urlencoded", "x=%zz", 400},
		{"no kind", "", "x=abc", 415},
		{"JSON", "application/json", `{"x":"abc"}`, 415},
		{"text, as a form from elsewhere may be", "text/plain", "x=abc", 415},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequest(http.MethodPost, s.URL+"/me", strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.kind != "" {
				r.Header.Set("Content-Type", tt.kind)
			}
			resp, err := b.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if resp.StatusCode != tt.want {
				t.Errorf("status %d, want %d", resp.StatusCode, tt.want)
			}
		})
	}
}

// clocked is a connection that notes the deadlines it is given.
type clocked struct {
	http.ResponseWriter
	read time.Time
}

func (c *clocked) SetReadDeadline(t time.Time) error  { c.read = t; return nil }
func (c *clocked) SetWriteDeadline(t time.Time) error { return nil }

// A body that comes drop by drop holds no connection for ever, whatever it is
// sent to: the server waits for the end also of one that no handler reads.
func TestBodiesThatNobodyReadsHaveADeadline(t *testing.T) {
	s := newSite(t)
	for _, ask := range []string{"GET /healthz", "POST /nowhere", "PUT /me", "GET /login", "POST /me"} {
		method, path, _ := strings.Cut(ask, " ")
		for _, length := range []int64{10, -1} {
			r := httptest.NewRequest(method, path, strings.NewReader("never read"))
			r.Host, r.ContentLength = strings.TrimPrefix(s.URL, "http://"), length
			r.Header.Set("Origin", "https://evil.example")
			w := &clocked{ResponseWriter: httptest.NewRecorder()}
			s.Config.Handler.ServeHTTP(w, r)
			if d := time.Until(w.read); d <= 0 || d > time.Minute {
				t.Errorf("%s with a body of length %d: it may take %v", ask, length, d)
			}
		}
	}
	w := &clocked{ResponseWriter: httptest.NewRecorder()}
	s.Config.Handler.ServeHTTP(w, httptest.NewRequest("GET", s.URL+"/healthz", nil))
	if !w.read.IsZero() {
		t.Error("a request without a body has a deadline: at its end the server would take the reader for gone")
	}
}
