package aep

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
)

// journalMemory bounds the lines kept for GET /journal; the file has them all.
const journalMemory = 64 << 20

// entry is one line of the journal, but for its seq, which stands in front.
type entry struct {
	Time     time.Time         `json:"time"`
	Method   string            `json:"method"`
	Path     string            `json:"path"`
	Query    string            `json:"query"`
	Headers  map[string]string `json:"headers"`
	BodySum  string            `json:"body_sha256"`
	Body     *string           `json:"body,omitempty"` // absent for the token call, which carries the secret
	Accepted bool              `json:"accepted"`
	Rule     string            `json:"rule"`
}

type line struct {
	seq  int64
	text []byte
}

type journal struct {
	mu    sync.Mutex
	out   io.Writer
	seq   int64
	lines []line
	size  int
}

func newJournal(out io.Writer) *journal { return &journal{out: out} }

// add writes a call down. It returns when the line is written, so that whoever
// sees the answer finds the line.
func (j *journal) add(c *call, accepted bool, hit *activeRule) {
	sum := sha256.Sum256(c.body)
	e := entry{
		Time: c.now.UTC(), Method: c.r.Method, Path: c.r.URL.Path, Query: c.r.URL.RawQuery,
		Headers: map[string]string{"host": c.r.Host}, BodySum: hex.EncodeToString(sum[:]), Accepted: accepted,
	}
	for name, values := range c.r.Header {
		e.Headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	if !strings.HasPrefix(c.r.URL.Path, "/ims/") {
		text := string(c.body)
		e.Body = &text
	}
	if hit != nil {
		e.Rule = hit.ID
	}
	rest := mustJSON(e)[1:] // made before the lock is taken
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seq++
	text := strconv.AppendInt(append(make([]byte, 0, len(rest)+32), `{"seq":`...), j.seq, 10)
	text = append(append(append(text, ','), rest...), '\n')
	if j.out != nil {
		_, _ = j.out.Write(text) // a full disk must not stop the demo
	}
	j.keep(line{seq: j.seq, text: text})
}

func (j *journal) keep(l line) {
	j.lines = append(j.lines, l)
	j.size += len(l.text)
	drop := 0
	for j.size > journalMemory && drop < len(j.lines)-1 {
		j.size -= len(j.lines[drop].text)
		j.lines[drop].text = nil
		drop++
	}
	j.lines = j.lines[drop:]
}

// after returns the lines that follow seq, as JSON Lines.
func (j *journal) after(seq int64) []byte {
	j.mu.Lock()
	defer j.mu.Unlock()
	var buf bytes.Buffer
	for _, l := range j.lines {
		if l.seq > seq {
			buf.Write(l.text)
		}
	}
	return buf.Bytes()
}
