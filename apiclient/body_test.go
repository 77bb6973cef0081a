package apiclient

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

func TestAnswersAreBounded(t *testing.T) {
	const limit = 1 << 10
	fits := `[]` + strings.Repeat(" ", limit-2)
	send := func(body string, announce bool) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			if !announce {
				w.WriteHeader(200)
				http.NewResponseController(w).Flush()
			} else {
				w.Header().Set("Content-Length", fmt.Sprint(len(body)))
			}
			io.WriteString(w, body)
		}
	}
	zipped := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, body)
			z.Close()
		}
	}
	for _, tt := range []struct {
		name string
		send http.HandlerFunc
		want error
	}{
		{"announced and fits", send(fits, true), nil},
		{"announced and too large", send(fits+" ", true), ErrTooLarge},
		{"not announced and fits", send(fits, false), nil},
		{"not announced and too large", send(fits+" ", false), ErrTooLarge},
		{"zipped and fits", zipped(fits), nil},
		{"zipped bomb", zipped(strings.Repeat(" ", 1<<20)), ErrTooLarge},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPlatform(t, tt.send)
			c, w := p.client(t, func(cfg *Config) { cfg.MaxBody = limit })
			_, err := c.Identities.Namespaces(t.Context(), "dev")
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("err = %v, want %v", err, tt.want)
			}
			if len(w.all()) != 0 {
				t.Error("tried again: it would not be smaller")
			}
		})
	}
}

func TestARefusalIsReadInPart(t *testing.T) {
	p := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(400)
		io.WriteString(w, `{"detail":"words","x":"`)
		for range 64 {
			io.WriteString(w, strings.Repeat("x", 64<<10))
		}
	})
	c, _ := p.client(t)
	_, err := c.Identities.Namespaces(t.Context(), "dev")
	var e *Error
	if !errors.As(err, &e) || e.Status != 400 || e.Message != "words" {
		t.Errorf("err = %v, want the 400 and its words", err)
	}
}

func TestAnswersOfUnknownLength(t *testing.T) {
	for _, size := range []int{0, 1, pieceSize - 1, pieceSize, pieceSize + 1, 3 * pieceSize, 3*pieceSize + 7} {
		want := bytes.Repeat([]byte("abcdefg"), size/7+1)[:size]
		for name, r := range map[string]io.Reader{
			"at once": bytes.NewReader(want), "byte by byte": iotest.OneByteReader(bytes.NewReader(want)), "end with data": iotest.DataErrReader(bytes.NewReader(want)),
		} {
			got, err := readPieces(r, int64(size))
			if err != nil || !bytes.Equal(got, want) || cap(got) > size {
				t.Errorf("%d bytes %s: got %d (cap %d), %v", size, name, len(got), cap(got), err)
			}
		}
		for _, cause := range []error{io.ErrUnexpectedEOF, io.ErrClosedPipe} {
			cut := io.MultiReader(bytes.NewReader(want), iotest.ErrReader(cause))
			if _, err := readPieces(cut, 1<<30); !errors.Is(err, cause) {
				t.Errorf("%d bytes and then %v: err = %v", size, cause, err)
			}
		}
		if size > 0 {
			if _, err := readPieces(bytes.NewReader(want), int64(size-1)); err != ErrTooLarge {
				t.Errorf("%d bytes of %d: err = %v, want ErrTooLarge", size-1, size, err)
			}
		}
	}
}

// Reading a profile may not allocate much more than the profile: one buffer.
func TestALargeProfileIsHeldOnce(t *testing.T) {
	const size = 4 << 20
	var b bytes.Buffer
	b.WriteString(`{"Blv":{"entity":{`)
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, `"field%d":{"a":[1,2,3],"b":"some text of a person"},`, i)
	}
	b.WriteString(`"z":0},"sources":["66f0"]}}`)
	p := newPlatform(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(b.Len()))
		w.Write(b.Bytes())
	})
	c, _ := p.client(t)
	if err := c.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := c.Entities.Lookup(t.Context(), "dev", LookupRequest{Identities: []Identity{rosa}})
	runtime.ReadMemStats(&after)
	if err != nil || len(res.Profiles[0].Entity) < size-100 {
		t.Fatalf("Lookup: %v", err)
	}
	if got := after.TotalAlloc - before.TotalAlloc; got > size*5/4 {
		t.Errorf("allocated %d bytes for an answer of %d", got, b.Len())
	}
}
