package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	listBatches = endpoint{http.MethodGet, "/data/foundation/catalog/batches"}
	getBatch    = endpoint{http.MethodGet, "/data/foundation/catalog/batches/{id}"}
	lastBatches = endpoint{http.MethodGet, "/data/foundation/catalog/lastBatches"}
)

// Batch is one portion of data that was brought into a dataset.
type Batch struct {
	ID        string
	Dataset   string
	Status    string // "success" is good; "inactive" and "deleted" are gone; there are others
	Records   int64  // written
	Failed    int64
	Size      int64 // bytes
	Created   time.Time
	Started   time.Time
	Completed time.Time
	Updated   time.Time
	Errors    []BatchError
}

// BatchError is what went wrong with part of a batch. Its text may quote data.
type BatchError struct {
	Code        string `json:"code"`
	Description string `json:"description"`
}

type batchWire struct {
	Status  string `json:"status"`
	Related []struct {
		Type string `json:"type"`
		ID   string `json:"id"`
	} `json:"relatedObjects"`
	Records int64 `json:"recordCount"`
	Failed  int64 `json:"failedRecordCount"`
	Size    int64 `json:"size"`
	Metrics struct {
		Written int64 `json:"recordsWritten"`
		Failed  int64 `json:"recordsFailed"`
	} `json:"metrics"`
	Created   time.Time    `json:"created"`
	Started   time.Time    `json:"started"`
	Completed time.Time    `json:"completed"`
	Updated   time.Time    `json:"updated"`
	Errors    []BatchError `json:"errors"`
}

func (w batchWire) batch(id string) Batch {
	b := Batch{
		ID: id, Status: w.Status, Records: max(w.Records, w.Metrics.Written), Failed: max(w.Failed, w.Metrics.Failed), Size: w.Size,
		Created: w.Created, Started: w.Started, Completed: w.Completed, Updated: w.Updated, Errors: w.Errors,
	}
	for _, o := range w.Related {
		if strings.EqualFold(o.Type, "dataSet") {
			b.Dataset = o.ID
		}
	}
	return b
}

// BatchesRequest narrows [BatchesService.List].
type BatchesRequest struct {
	Dataset string    // id; empty: all
	Status  string    // empty: all
	After   time.Time // created after; zero: open
	Limit   int       // newest so many; 0 or more than 100: 100
}

// List returns the newest batches, one page of at most 100.
//
// Source: Catalog Service API reference, "List batches".
//
//aep:operation GET /data/foundation/catalog/batches
func (s *BatchesService) List(ctx context.Context, sandbox string, req BatchesRequest) ([]Batch, error) {
	if req.Limit <= 0 || req.Limit > catalogPage {
		req.Limit = catalogPage
	}
	q := url.Values{"orderBy": {"desc:created"}, "limit": {strconv.Itoa(req.Limit)}, "start": {"0"}}
	set(q, "dataSet", req.Dataset)
	set(q, "status", req.Status)
	if !req.After.IsZero() {
		q.Set("createdAfter", strconv.FormatInt(req.After.UnixMilli(), 10))
	}
	in := map[string]batchWire{}
	if err := s.c.get(ctx, &request{endpoint: listBatches, sandbox: sandbox, query: q}, &in); err != nil {
		return nil, err
	}
	var all []Batch
	for _, id := range sorted(in) {
		all = append(all, in[id].batch(id))
	}
	newestFirst(all)
	return all, nil
}

// Get returns one batch, or [ErrNotFound].
//
// Source: Catalog Service API reference, "Look up a batch".
//
//aep:operation GET /data/foundation/catalog/batches/{id}
func (s *BatchesService) Get(ctx context.Context, sandbox, id string) (*Batch, error) {
	r := &request{endpoint: getBatch, sandbox: sandbox, ids: []string{id}}
	w, err := catalogOne[batchWire](ctx, s.c, r)
	if err != nil {
		return nil, err
	}
	b := w.batch(id)
	return &b, nil
}

// LastBatch is the newest batch of a dataset.
type LastBatch struct {
	Dataset    string
	ID         string
	Status     string
	Successful string // newest that succeeded, empty if none
	Failed     string // newest that failed, empty if none
	Updated    time.Time
}

// Last returns the newest batch of each of datasets, or of all if none is named.
// A dataset without batches is left out.
//
// Source: Catalog Service API reference, "List last batches".
//
//aep:operation GET /data/foundation/catalog/lastBatches
func (s *BatchesService) Last(ctx context.Context, sandbox string, datasets ...string) ([]LastBatch, error) {
	q := url.Values{}
	set(q, "dataSetId", strings.Join(datasets, ","))
	type wire struct {
		ID         string    `json:"lastBatchId"`
		Status     string    `json:"lastBatchStatus"`
		Successful string    `json:"lastSuccessfulBatchId"`
		Failed     string    `json:"lastFailedBatchId"`
		Updated    time.Time `json:"updated"`
	}
	return catalogPages(ctx, s.c, lastBatches, sandbox, q, func(id string, w wire) LastBatch {
		return LastBatch{id, w.ID, w.Status, w.Successful, w.Failed, w.Updated}
	})
}

func newestFirst(all []Batch) {
	slices.SortStableFunc(all, func(a, b Batch) int { return b.Created.Compare(a.Created) })
}
