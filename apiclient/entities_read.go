package apiclient

import (
	"bytes"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// A profile may be megabytes, so these read it token by token and keep pieces of
// the one buffer that the answer came in; nothing is built from the fields.

// slicer reads values as pieces of buf.
type slicer struct {
	*jsontext.Decoder
	buf []byte
}

func newSlicer(buf []byte) slicer {
	return slicer{jsontext.NewDecoder(bytes.NewBuffer(buf), tolerant), buf}
}

// piece reads the next value and returns where it stands in buf.
func (s slicer) piece() (jsontext.Value, error) {
	v, err := s.ReadValue()
	if err != nil {
		return nil, err
	}
	end := s.InputOffset()
	start := end - int64(len(v))
	return jsontext.Value(s.buf[start:end:end]), nil
}

// members calls do for each member of the object at hand; do reads the value.
func (s slicer) members(do func(name string) error) error {
	if s.PeekKind() != '{' {
		return errForm
	}
	if _, err := s.ReadToken(); err != nil {
		return err
	}
	for s.PeekKind() == '"' {
		t, err := s.ReadToken()
		if err != nil {
			return err
		}
		if err := do(t.String()); err != nil {
			return err
		}
	}
	_, err := s.ReadToken()
	return err
}

// elements calls do for each element of the array at hand.
func (s slicer) elements(do func() error) error {
	if _, err := s.ReadToken(); err != nil {
		return err
	}
	for {
		switch s.PeekKind() {
		case ']':
			_, err := s.ReadToken()
			return err
		case 0:
			_, err := s.ReadToken()
			return err
		}
		if err := do(); err != nil {
			return err
		}
	}
}

// readProfiles reads the map of a full answer and the list of a partial one. A
// list may hold profiles as well, and errors may stand in a map.
func readProfiles(r *request, a *answer) (*LookupResult, error) {
	res := &LookupResult{}
	s := newSlicer(a.body)
	var err error
	switch s.PeekKind() {
	case '{':
		err = s.members(func(xid string) error { return s.entry(xid, res) })
	case '[':
		err = s.elements(func() error { return s.entry("", res) })
	default:
		err = errForm
	}
	if err != nil {
		return nil, r.bad(a)
	}
	return res, nil
}

// entry reads one profile or one failure.
func (s slicer) entry(xid string, res *LookupResult) error {
	p := Profile{XID: xid}
	var failed *ItemError
	err := s.members(func(name string) error {
		if name == "error" && s.PeekKind() == '{' {
			v, err := s.piece()
			failed = readItemError(v)
			return err
		}
		return s.field(name, &p)
	})
	switch {
	case err != nil:
		return err
	case failed != nil:
		failed.XID = p.XID
		res.Failed = append(res.Failed, *failed)
	case p.XID != "":
		res.Profiles = append(res.Profiles, p)
	}
	return nil
}

// field reads one member of a profile.
func (s slicer) field(name string, p *Profile) (err error) {
	switch name {
	case "entity":
		p.Entity, err = s.piece()
	case "entityId", "xid":
		var id string
		if id, err = text(s.Decoder); p.XID == "" {
			p.XID = id
		}
	case "sources":
		err = readList(s.Decoder, &p.Sources)
	case "tags":
		err = readList(s.Decoder, &p.Tags)
	case "identityGraph":
		err = readList(s.Decoder, &p.IdentityGraph)
	case "lastModifiedAt":
		err = readTime(s.Decoder, &p.LastModifiedAt)
	case "mergePolicy":
		var in struct{ ID string }
		err = s.small(&in)
		p.MergePolicyID = in.ID
	case "requestedIdentity":
		var in struct {
			EntityID   string   `json:"entityId"`
			EntityIDNS entityNS `json:"entityIdNS"`
		}
		err = s.small(&in)
		p.Requested = Identity{in.EntityIDNS.Code, in.EntityID}
	default:
		err = s.SkipValue()
	}
	return err
}

// small reads a value that is known to be little. One of another form is passed over.
func (s slicer) small(out any) error {
	v, err := s.piece()
	if err != nil {
		return err
	}
	_ = json.Unmarshal(v, out, lenient) // what cannot be read stays empty
	return nil
}

// readItemError reads one item's error of a partial failure: texts all of them.
func readItemError(v jsontext.Value) *ItemError {
	f := parseFailure(v)
	status, _ := strconv.Atoi(f.field["statusCode"])
	if status < 400 || status > 599 {
		status = http.StatusInternalServerError
	}
	e := &Error{Status: status, Message: f.message(v), RetryAfter: retryAfter("", f.field["retryAfterMs"], time.Time{})}
	e.Err = meaning(&request{endpoint: postEntities}, e)
	for _, s := range []error{ErrNotFound, ErrUnauthorized, ErrForbidden, ErrThrottled, ErrTimeout, ErrUnavailable} {
		if e.Err == nil && e.Is(s) {
			e.Err = s
		}
	}
	return &ItemError{Status: status, Message: e.Message, Err: e.Err, RetryAfter: e.RetryAfter}
}

// emptyObject reports whether v is absent, null or an object without members.
func emptyObject(v jsontext.Value) bool {
	dec := jsontext.NewDecoder(bytes.NewBuffer(v), tolerant)
	if dec.PeekKind() != '{' {
		return true
	}
	_, _ = dec.ReadToken() // what was peeked at
	return dec.PeekKind() == '}'
}
