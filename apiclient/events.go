package apiclient

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// EventsRequest says whose events to list, and which.
type EventsRequest struct {
	Identity      Identity
	From, To      time.Time // From is included, To is not; zero: open
	Fields        []string  // dot paths; empty: all
	MergePolicyID string
	Limit         int  // events of one page; 0: the platform's 1000
	Newest        bool // newest first; otherwise oldest first
	// Next is EventsPage.Next of the page before. It holds the whole question, so the other
	// fields are not looked at; it names the person by XID and must be kept as such.
	Next jsontext.Value
}

// EventsPage is one page of one person's events.
type EventsPage struct {
	XID    string
	Events []Event
	Next   jsontext.Value // for EventsRequest.Next; empty on the last page
}

// Event is one experience event.
type Event struct {
	ID             string
	XID            string // whose it is
	Timestamp      time.Time
	Entity         jsontext.Value // the event's fields: a JSON object, part of the answer's one buffer; names may repeat
	LastModifiedAt time.Time
}

type eventKey struct {
	ID string    `json:"relatedEntityId"`
	NS *entityNS `json:"relatedEntityIdNS,omitzero"`
}

type timeFilter struct {
	Start int64 `json:"startTime,omitzero"` // milliseconds
	End   int64 `json:"endTime,omitzero"`
}

type eventsBody struct {
	Schema        schemaName  `json:"schema"`
	Related       schemaName  `json:"relatedSchema"`
	Fields        []string    `json:"fields,omitempty"`
	Identities    []eventKey  `json:"identities"`
	MergePolicyID string      `json:"mergePolicyId,omitempty"`
	TimeFilter    *timeFilter `json:"timeFilter,omitzero"`
	Limit         int         `json:"limit,omitzero"`
	OrderBy       string      `json:"orderBy"`
	Orderby       string      `json:"orderby"` // documents and reference disagree on the spelling
}

// Events lists one page of a person's experience events, in the form of the call
// that keeps the person out of the URL. A person without events, known or not,
// gives a page without events.
//
// Look-up of events is a matter of the contract: expect [ErrNotLicensed],
// [ErrNotFound] or a 400 where it is absent. Other errors are those of
// [EntitiesService.Lookup].
//
// Source: Profile API reference, "Entities", "Access time-series events for multiple profiles".
//
//aep:operation POST /data/core/ups/access/entities
func (s *EntitiesService) Events(ctx context.Context, sandbox string, req EventsRequest) (*EventsPage, error) {
	r := &request{endpoint: postEntities, sandbox: sandbox}
	var in any = req.Next
	if len(req.Next) == 0 {
		if err := checkIdentities(r, []Identity{req.Identity}); err != nil {
			return nil, err
		}
		in = req.body()
	} else if !req.Next.IsValid() || req.Next.Kind() != '{' {
		return nil, &Error{Op: r.op(), Err: fmt.Errorf("%w: not a page's Next", ErrBadArgument)}
	}
	a, err := s.c.post(ctx, r, in)
	if err != nil {
		return nil, err
	}
	page, failed, err := readEvents(r, a)
	if err == nil && failed != nil {
		err = failed.asError(r, a)
	}
	if err != nil {
		return nil, err
	}
	if string(page.Next) == string(req.Next) {
		page.Next = nil // a page that names itself as the next one is the last
	}
	return page, nil
}

func (req EventsRequest) body() eventsBody {
	key := eventKey{ID: req.Identity.ID}
	if req.Identity.Namespace != "" {
		key.NS = &entityNS{req.Identity.Namespace}
	}
	in := eventsBody{
		Schema: schemaName{eventSchema}, Related: schemaName{profileSchema},
		Fields: req.Fields, Identities: []eventKey{key}, MergePolicyID: req.MergePolicyID,
		Limit: req.Limit, OrderBy: "+timestamp",
	}
	if req.Newest {
		in.OrderBy = "-timestamp"
	}
	in.Orderby = in.OrderBy
	if !req.From.IsZero() || !req.To.IsZero() {
		in.TimeFilter = &timeFilter{millis(req.From), millis(req.To)}
	}
	return in
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// readEvents reads the map by XID of a full answer, with one page in it, and the
// list of a partial failure.
func readEvents(r *request, a *answer) (*EventsPage, *ItemError, error) {
	page := &EventsPage{}
	var failed *ItemError
	s := newSlicer(a.body)
	var err error
	switch s.PeekKind() {
	case '{':
		err = s.members(func(xid string) error {
			if page.XID == "" {
				page.XID = xid
			}
			return s.eventPage(page, &failed)
		})
	case '[':
		err = s.elements(func() error { return s.eventPage(page, &failed) })
	default:
		err = errForm
	}
	if err != nil {
		return nil, nil, r.bad(a)
	}
	return page, failed, nil
}

func (s slicer) eventPage(page *EventsPage, failed **ItemError) error {
	return s.members(func(name string) error {
		switch name {
		case "children":
			if s.PeekKind() != '[' {
				return errForm
			}
			return s.elements(func() error { return s.event(page) })
		case "_links":
			return s.eventLinks(page)
		case "error":
			v, err := s.piece()
			if v.Kind() == '{' {
				*failed = readItemError(v)
			}
			return err
		}
		return s.SkipValue()
	})
}

// eventLinks finds the question for the next page.
func (s slicer) eventLinks(page *EventsPage) error {
	var in struct {
		Next struct {
			Href    string         `json:"href"`
			Payload jsontext.Value `json:"payload"`
		} `json:"next"`
	}
	if err := s.small(&in); err != nil {
		return err
	}
	if in.Next.Href != "" && in.Next.Payload.Kind() == '{' {
		page.Next = in.Next.Payload
	}
	return nil
}

func (s slicer) event(page *EventsPage) error {
	var e Event
	err := s.members(func(name string) (err error) {
		switch name {
		case "entityId":
			e.ID, err = text(s.Decoder)
		case "relatedEntityId":
			e.XID, err = text(s.Decoder)
		case "timestamp":
			err = readTime(s.Decoder, &e.Timestamp)
		case "entity":
			e.Entity, err = s.piece()
		case "lastModifiedAt":
			err = readTime(s.Decoder, &e.LastModifiedAt)
		default:
			err = s.SkipValue()
		}
		return err
	})
	page.Events = append(page.Events, e)
	return err
}
