// Package static serves the site's own files: style, script, icons. They are
// embedded, named by their content, and compressed once.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed app.css app.js htmx.min.js favicon.svg favicon-production.svg
var files embed.FS

// prefix is where Handler is mounted.
const prefix = "/static/"

// types by extension: the machine's own table is not asked.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// file is one file, ready to be sent.
type file struct {
	kind   string
	tag    string // first 16 hex digits of the SHA-256 of body
	body   []byte
	zipped []byte
}

var all = load()

func load() map[string]file {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("static: %v", err))
	}
	out := make(map[string]file, len(entries))
	for _, e := range entries {
		body, err := files.ReadFile(e.Name())
		if err != nil {
			panic(fmt.Sprintf("static: %v", err))
		}
		sum := sha256.Sum256(body)
		out[e.Name()] = file{
			kind:   types[path.Ext(e.Name())],
			tag:    hex.EncodeToString(sum[:8]),
			body:   body,
			zipped: zip(body),
		}
	}
	return out
}

func zip(body []byte) []byte {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		panic(fmt.Sprintf("static: %v", err))
	}
	if _, err := w.Write(body); err != nil {
		panic(fmt.Sprintf("static: %v", err))
	}
	if err := w.Close(); err != nil {
		panic(fmt.Sprintf("static: %v", err))
	}
	return b.Bytes()
}

// URL is the address of the file of that name, with its content's fingerprint in
// it: it may be cached for ever. A misspelt name panics.
func URL(name string) string {
	f, ok := all[name]
	if !ok {
		panic(fmt.Sprintf("static: no file %q", name))
	}
	return prefix + f.tag + "/" + name
}

// Handler serves the files below /static/. The address with a fingerprint that is
// no longer ours is 404 rather than another version's content. A plain name works
// too, and is asked about anew each time.
func Handler() http.Handler { return http.HandlerFunc(serve) }

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	tag, name, named := strings.Cut(strings.TrimPrefix(r.URL.Path, prefix), "/")
	if !named {
		tag, name = "", tag
	}
	f, ok := all[name]
	if !ok || named && tag != f.tag {
		http.NotFound(w, r)
		return
	}
	send(w, r, f, named)
}

// send writes f, compressed where the browser takes that.
func send(w http.ResponseWriter, r *http.Request, f file, forEver bool) {
	h := w.Header()
	h.Set("Content-Type", f.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Vary", "Accept-Encoding")
	h.Set("Cache-Control", "no-cache")
	if forEver {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	body, tag := f.body, `"`+f.tag+`"`
	if takesGzip(r.Header.Get("Accept-Encoding")) {
		body, tag = f.zipped, `"`+f.tag+`-gz"`
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // a browser that went away is no failure of ours
	}
}

func takesGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, quality, _ := strings.Cut(strings.TrimSpace(part), ";")
		if strings.EqualFold(coding, "gzip") && strings.ReplaceAll(quality, " ", "") != "q=0" {
			return true
		}
	}
	return false
}
