package aep

import (
	"context"
	"net"
	"net/http"
	"strconv"
	"time"
)

const (
	bigBody   = 50 << 20              // bytes that "big" sends
	dripPause = 50 * time.Millisecond // between two bytes of "drip"
)

// send writes the answer, as the rule that hit the call disturbs it.
func (s *Server) send(w http.ResponseWriter, c *call, a answer, hit *activeRule) {
	if hit == nil {
		write(w, c, a, len(a.body))
		return
	}
	ctx, cancel := context.WithCancel(c.r.Context())
	defer cancel()
	defer context.AfterFunc(s.closing, cancel)()
	if !pause(ctx, hit.wait) {
		panic(http.ErrAbortHandler)
	}
	if hit.carriesOut() {
		a = hit.over(c, a)
	}
	switch hit.Do {
	case "reset":
		reset(w)
	case "hang":
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	case "truncate":
		cut := hit.Bytes
		if cut == 0 {
			cut = len(a.body) / 2
		}
		write(w, c, a, min(cut, len(a.body)))
		panic(http.ErrAbortHandler)
	case "drip":
		drip(ctx, w, c, a, hit.Bytes)
	case "big":
		writeBig(w, c, a)
	default:
		write(w, c, a, len(a.body))
	}
}

// over is what a rule puts in the place of an answer that was carried out.
func (r *activeRule) over(c *call, a answer) answer {
	switch r.Do {
	case "status", "html", "wrong-type", "redirect":
		return r.answer(c)
	}
	if r.Status != 0 {
		a.status = r.Status
	}
	if text, ok := r.text(); ok {
		a.body = text
	}
	return r.decorate(a)
}

// pause waits and reports whether the caller is still there.
func pause(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

func head(w http.ResponseWriter, c *call, a answer, length int) {
	h := w.Header()
	h.Set("x-request-id", c.requestID)
	h.Set("Content-Type", "application/json")
	for name, values := range a.header {
		h[name] = values
	}
	if a.status != http.StatusNoContent {
		h.Set("Content-Length", strconv.Itoa(length))
	}
	w.WriteHeader(a.status)
}

// write announces the whole answer and sends the first n bytes of it. Nobody
// is left to tell if that fails.
func write(w http.ResponseWriter, c *call, a answer, n int) {
	head(w, c, a, len(a.body))
	if c.r.Method == http.MethodHead || a.status == http.StatusNoContent {
		return
	}
	_, _ = w.Write(a.body[:n])
	if n < len(a.body) {
		_ = http.NewResponseController(w).Flush()
	}
}

func drip(ctx context.Context, w http.ResponseWriter, c *call, a answer, cut int) {
	head(w, c, a, len(a.body))
	out := http.NewResponseController(w)
	for i := range a.body {
		if cut > 0 && i == cut {
			panic(http.ErrAbortHandler)
		}
		if _, err := w.Write(a.body[i : i+1]); err != nil || out.Flush() != nil || !pause(ctx, dripPause) {
			return
		}
	}
}

// writeBig sends a valid JSON string of 50 MB.
func writeBig(w http.ResponseWriter, c *call, a answer) {
	head(w, c, a, bigBody)
	chunk := make([]byte, 64<<10)
	for i := range chunk {
		chunk[i] = 'x'
	}
	left := bigBody - 1
	if _, err := w.Write([]byte{'"'}); err != nil {
		return
	}
	for left > 1 {
		n, err := w.Write(chunk[:min(len(chunk), left-1)])
		if err != nil {
			return
		}
		left -= n
	}
	_, _ = w.Write([]byte{'"'})
}

// reset ends the connection with a TCP reset, without a byte of an answer.
func reset(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
