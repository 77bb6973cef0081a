package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

func get(t *testing.T, url string, headers ...string) *http.Response {
	t.Helper()
	req := httptest.NewRequest(http.MethodGet, url, nil)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	rec := httptest.NewRecorder()
	Handler().ServeHTTP(rec, req)
	return rec.Result()
}

func TestServe(t *testing.T) {
	for name, f := range all {
		t.Run(name, func(t *testing.T) {
			res := get(t, URL(name), "Accept-Encoding", "br, gzip;q=0.8")
			if res.StatusCode != 200 || res.Header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("status %d, encoding %q", res.StatusCode, res.Header.Get("Content-Encoding"))
			}
			if got := res.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
				t.Errorf("Cache-Control = %q", got)
			}
			if f.kind == "" || res.Header.Get("Content-Type") != f.kind || res.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("headers = %v", res.Header)
			}
			zr, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(zr)
			if err != nil || !bytes.Equal(body, f.body) {
				t.Errorf("the body is another one (%v)", err)
			}
			again := get(t, URL(name), "Accept-Encoding", "gzip", "If-None-Match", res.Header.Get("ETag"))
			if again.StatusCode != http.StatusNotModified || again.Header.Get("Content-Encoding") != "" {
				t.Errorf("asked again: status %d, headers %v", again.StatusCode, again.Header)
			}
			plain := get(t, URL(name), "Accept-Encoding", "gzip;q=0")
			if body, _ := io.ReadAll(plain.Body); !bytes.Equal(body, f.body) || plain.Header.Get("ETag") == res.Header.Get("ETag") {
				t.Errorf("without gzip: %d bytes, ETag %q", len(body), plain.Header.Get("ETag"))
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, path := range []string{"/static/", "/static/none.css", "/static/0000000000000000/app.css", "/static/../static.go", "/static/static.go", "/static/x/y/app.css"} {
		if res := get(t, path); res.StatusCode != http.StatusNotFound {
			t.Errorf("GET %s = %d, want 404", path, res.StatusCode)
		}
	}
	rec := httptest.NewRecorder()
	Handler().ServeHTTP(rec, httptest.NewRequest(http.MethodPost, URL("app.css"), nil))
	if rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("POST = %d, want 405", rec.Code)
	}
	if res := get(t, "/static/app.css"); res.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("a plain name is kept: %q", res.Header.Get("Cache-Control"))
	}
}

func TestURLPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a misspelt name did not panic")
		}
	}()
	URL("app.ccs")
}

// The files of a first page load leave room for its HTML below 40 KB.
func TestFirstLoadIsSmall(t *testing.T) {
	total := 0
	for _, name := range []string{"app.css", "app.js", "htmx.min.js", "favicon.svg"} {
		total += len(all[name].zipped)
	}
	if total > 30_000 {
		t.Errorf("style, script and icon take %d bytes compressed, 30000 are the most", total)
	}
}
