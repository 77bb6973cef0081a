package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

var (
	listSegments = endpoint{http.MethodGet, "/data/core/ups/segment/definitions"}
	getSegment   = endpoint{http.MethodGet, "/data/core/ups/segment/definitions/{id}"}
	postSegments = endpoint{http.MethodPost, "/data/core/ups/segment/definitions/bulk-get"}
)

// Segment is the definition of an audience by an expression.
type Segment struct {
	ID            string
	Name          string
	Description   string
	Schema        string
	Format        string // of Expression: "pql/text" or "pql/json"
	Expression    string
	MergePolicyID string
	Batch         bool // evaluated nightly
	Streaming     bool // evaluated as events come in
	Edge          bool
	Created       time.Time
	Updated       time.Time
}

type segmentWire struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	Schema      schemaName `json:"schema"`
	Expression  struct {
		Format string `json:"format"`
		Value  string `json:"value"`
	} `json:"expression"`
	MergePolicyID string `json:"mergePolicyId"`
	Evaluation    struct {
		Batch      evaluation `json:"batch"`
		Continuous evaluation `json:"continuous"`
		Sync       evaluation `json:"synchronous"`
	} `json:"evaluationInfo"`
	stamp
}

type evaluation struct {
	Enabled bool `json:"enabled"`
}

func (w segmentWire) segment() Segment {
	return Segment{
		ID: w.ID, Name: w.Name, Description: w.Description, Schema: w.Schema.Name, Format: w.Expression.Format, Expression: w.Expression.Value,
		MergePolicyID: w.MergePolicyID, Batch: w.Evaluation.Batch.Enabled, Streaming: w.Evaluation.Continuous.Enabled, Edge: w.Evaluation.Sync.Enabled,
		Created: w.created(), Updated: w.updated(),
	}
}

// segmentPage is how many definitions are asked for at a time.
const segmentPage = 100

// List returns all segment definitions, page after page.
//
// Some servers count pages from 0 and some from 1, so pages 1 up to the announced number are
// asked for after the first answer and what comes twice is kept once.
//
// Source: Segmentation API reference, "Segment definitions", "List segment definitions".
//
//aep:operation GET /data/core/ups/segment/definitions
func (s *SegmentsService) List(ctx context.Context, sandbox string) ([]Segment, error) {
	seen := map[string]bool{}
	var all []Segment
	_, err := collect(listSegments.op(), func(token string) (page[segmentWire], error) {
		q := url.Values{"limit": {strconv.Itoa(segmentPage)}}
		set(q, "page", token)
		var in struct {
			Segments []segmentWire `json:"segments"`
			Page     struct {
				Pages int `json:"totalPages"`
			} `json:"page"`
		}
		if err := s.c.get(ctx, &request{endpoint: listSegments, sandbox: sandbox, query: q}, &in); err != nil {
			return page[segmentWire]{}, err
		}
		for _, w := range in.Segments {
			if !seen[w.ID] {
				seen[w.ID] = true
				all = append(all, w.segment())
			}
		}
		p := page[segmentWire]{items: in.Segments}
		if n, _ := strconv.Atoi(token); in.Page.Pages > 1 && n < in.Page.Pages {
			p.next = strconv.Itoa(n + 1)
		}
		return p, nil
	})
	return all, err
}

// Get returns one segment definition, or [ErrNotFound].
//
// Source: Segmentation API reference, "Segment definitions", "Retrieve a segment definition".
//
//aep:operation GET /data/core/ups/segment/definitions/{id}
func (s *SegmentsService) Get(ctx context.Context, sandbox, id string) (*Segment, error) {
	var in segmentWire
	if err := s.c.get(ctx, &request{endpoint: getSegment, sandbox: sandbox, ids: []string{id}}, &in); err != nil {
		return nil, err
	}
	seg := in.segment()
	return &seg, nil
}

// Bulk returns those of the definitions named by ids that exist, by id.
//
// Source: Segmentation API reference, "Segment definitions", "Bulk retrieve segment definitions".
//
//aep:operation POST /data/core/ups/segment/definitions/bulk-get
func (s *SegmentsService) Bulk(ctx context.Context, sandbox string, ids []string) (map[string]Segment, error) {
	all, err := bulk[segmentWire](ctx, s.c, postSegments, sandbox, ids)
	found := map[string]Segment{}
	for id, w := range all {
		found[id] = w.segment()
	}
	return found, err
}
