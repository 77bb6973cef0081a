package apiclient

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"sync"
)

// once is a request body that can be read through a single time.
type once struct{ io.Reader }

func newOnce(b []byte) io.ReadCloser { return once{bytes.NewReader(b)} }
func (once) Close() error            { return nil }

// readBody reads an answer of at most limit bytes. Where the length is announced
// there is one buffer of just that length.
func readBody(res *http.Response, limit int64) ([]byte, error) {
	n := res.ContentLength
	if n > limit {
		return nil, ErrTooLarge
	}
	if n >= 0 {
		b := make([]byte, n)
		if _, err := io.ReadFull(res.Body, b); err != nil {
			if errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return nil, err
		}
		return b, nil
	}
	return readPieces(res.Body, limit)
}

// pieceSize is the size of the buffers for answers of unknown length, which are those
// that come compressed or in chunks.
const pieceSize = 64 << 10

var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// readPieces reads what announces no length into borrowed pieces, and then into
// one buffer of just the length it turned out to have. A buffer that grows would
// leave several times as much behind.
func readPieces(r io.Reader, limit int64) ([]byte, error) {
	var held []*[pieceSize]byte
	defer func() {
		for _, p := range held {
			pieces.Put(p)
		}
	}()
	total := 0
	for {
		p := pieces.Get().(*[pieceSize]byte)
		held = append(held, p)
		n, err := fill(r, p[:])
		if total += n; int64(total) > limit {
			return nil, ErrTooLarge
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	b := make([]byte, 0, total)
	for _, p := range held {
		b = append(b, p[:min(pieceSize, total-len(b))]...)
	}
	return b, nil
}

// fill reads until p is full. Unlike io.ReadFull it tells the end of r, io.EOF, from
// an answer that was cut off.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = r.Read(p[n:])
		n += m
	}
	return n, err
}
