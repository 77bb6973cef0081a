package apiclient

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// once is a request body that can be read through a single time.
type once struct{ *bytes.Reader }

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
	b, err := io.ReadAll(io.LimitReader(res.Body, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, ErrTooLarge
	}
	return b, nil
}
