package apiclient

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

var (
	listDatasets = endpoint{http.MethodGet, "/data/foundation/catalog/dataSets"}
	getDataset   = endpoint{http.MethodGet, "/data/foundation/catalog/dataSets/{id}"}
)

// catalogPage is the most that the catalog returns at a time.
const catalogPage = 100

// datasetFields are the members that we read; all of them would be far more.
const datasetFields = "name,description,tags,schemaRef,classification,extensions,created,updated,createdUser,lastBatchId,lastBatchStatus"

// Dataset is one dataset of the catalog.
type Dataset struct {
	ID          string
	Name        string
	Description string
	Schema      string // $id of its schema
	Behavior    string // "record", "time-series" or "adhoc"; empty if the platform does not say
	System      bool   // made and managed by the platform
	Profile     bool   // enabled for Profile: its rows become fragments of profiles
	Identity    bool   // enabled for Identity: its rows link identities
	Tags        map[string][]string
	Rows        int64 // in the profile store, 0 if unknown
	LastBatch   string
	LastStatus  string
	CreatedBy   string
	Created     time.Time
	Updated     time.Time
}

type datasetWire struct {
	Name        string              `json:"name"`
	Description string              `json:"description"`
	Tags        map[string][]string `json:"tags"`
	SchemaRef   struct {
		ID string `json:"id"`
	} `json:"schemaRef"`
	Classification struct {
		Behavior  string `json:"dataBehavior"`
		ManagedBy string `json:"managedBy"`
	} `json:"classification"`
	Extensions struct {
		Profile struct {
			Metrics struct {
				Rows int64 `json:"rowCount"`
			} `json:"metrics"`
		} `json:"adobe_unifiedProfile"`
	} `json:"extensions"`
	LastBatch  string    `json:"lastBatchId"`
	LastStatus string    `json:"lastBatchStatus"`
	CreatedBy  string    `json:"createdUser"`
	Created    time.Time `json:"created"`
	Updated    time.Time `json:"updated"`
}

func (w datasetWire) dataset(id string) Dataset {
	return Dataset{
		ID: id, Name: w.Name, Description: w.Description, Schema: w.SchemaRef.ID, Behavior: w.Classification.Behavior,
		System: w.Classification.ManagedBy == "SYSTEM", Profile: enabled(w.Tags["unifiedProfile"]), Identity: enabled(w.Tags["unifiedIdentity"]),
		Tags: w.Tags, Rows: w.Extensions.Profile.Metrics.Rows, LastBatch: w.LastBatch, LastStatus: w.LastStatus,
		CreatedBy: w.CreatedBy, Created: w.Created, Updated: w.Updated,
	}
}

// enabled reports whether a tag says so, with or without a blank: its mere
// presence proves nothing, since "enabled:false" occurs.
func enabled(tag []string) bool {
	return slices.ContainsFunc(tag, func(s string) bool { return strings.ReplaceAll(s, " ", "") == "enabled:true" })
}

// List returns all datasets of the sandbox by name, page after page; with
// profileOnly, only those enabled for Profile.
//
// Source: Catalog Service API reference, "List datasets".
//
//aep:operation GET /data/foundation/catalog/dataSets
func (s *DatasetsService) List(ctx context.Context, sandbox string, profileOnly bool) ([]Dataset, error) {
	q := url.Values{"properties": {datasetFields}}
	if profileOnly {
		q.Set("tags", "unifiedProfile:enabled:true")
	}
	all, err := catalogPages(ctx, s.c, listDatasets, sandbox, q, func(id string, w datasetWire) Dataset { return w.dataset(id) })
	if profileOnly {
		all = slices.DeleteFunc(all, func(d Dataset) bool { return !d.Profile })
	}
	slices.SortFunc(all, func(a, b Dataset) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return all, err
}

// Get returns one dataset, or [ErrNotFound].
//
// Source: Catalog Service API reference, "Look up a dataset".
//
//aep:operation GET /data/foundation/catalog/dataSets/{id}
func (s *DatasetsService) Get(ctx context.Context, sandbox, id string) (*Dataset, error) {
	r := &request{endpoint: getDataset, sandbox: sandbox, ids: []string{id}}
	w, err := catalogOne[datasetWire](ctx, s.c, r)
	if err != nil {
		return nil, err
	}
	d := w.dataset(id)
	return &d, nil
}

// catalogPages reads a listing of the catalog: maps by id, in which the objects do
// not know their own. A page that is not full is the last.
func catalogPages[W, T any](ctx context.Context, c *Client, e endpoint, sandbox string, q url.Values, of func(string, W) T) ([]T, error) {
	return collect(e.op(), func(token string) (page[T], error) {
		start, _ := strconv.Atoi(token) // "" is the first page
		p := page[T]{}
		r := &request{endpoint: e, sandbox: sandbox, query: maps.Clone(q)}
		r.query.Set("limit", strconv.Itoa(catalogPage))
		r.query.Set("start", strconv.Itoa(start))
		in := map[string]W{}
		if err := c.get(ctx, r, &in); err != nil {
			return p, err
		}
		for _, id := range sorted(in) {
			p.items = append(p.items, of(id, in[id]))
		}
		if len(in) >= catalogPage {
			p.next = strconv.Itoa(start + catalogPage)
		}
		return p, nil
	})
}

// catalogOne reads the map of one key that the catalog answers a look-up with.
func catalogOne[W any](ctx context.Context, c *Client, r *request) (W, error) {
	in := map[string]W{}
	a, err := c.read(ctx, r)
	if err == nil {
		err = decode(r, a, &in)
	}
	w, ok := in[r.ids[0]]
	if err == nil && !ok {
		err = &Error{Op: r.op(), Status: a.status, RequestID: a.requestID, Err: ErrNotFound}
	}
	return w, err
}

// sorted returns the keys of m in order.
func sorted[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// daysKey is how reports name a period.
func daysKey(days int) string { return strconv.Itoa(days) + "days" }
