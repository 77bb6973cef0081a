package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var listAttributes = endpoint{http.MethodGet, "/data/core/ca/attributes"}

// maxAttributes is the most that the platform lists at a time.
const maxAttributes = 40

// Attribute is a computed attribute: events of a profile, aggregated over a
// rolling look-back into one field.
type Attribute struct {
	ID          string
	Name        string // the field's name
	DisplayName string
	Description string
	Status      string // DRAFT, NEW, INITIALIZING, PROCESSING, PROCESSED, FAILED, DISABLED, or an older word
	Expression  string // PQL text
	Merge       string // SUM, MIN, MAX, MOST_RECENT; "" or "-" on drafts
	Count       int64  // of Unit: the look-back
	Unit        string // HOURS, DAYS, WEEKS, MONTHS
	FastRefresh bool
	Path        string    // where the field stands
	Evaluated   time.Time // last evaluation, zero if never: show it beside every value
	Created     time.Time
	Updated     time.Time
	CreatedBy   string
}

type attributeWire struct {
	ID          string          `json:"id"`
	Name        string          `json:"name"`
	DisplayName string          `json:"displayName"`
	Description string          `json:"description"`
	Status      attributeStatus `json:"status"`
	Expression  struct {
		Value string `json:"value"`
	} `json:"expression"`
	Merge struct {
		Value string `json:"value"`
	} `json:"mergeFunction"`
	Duration struct {
		Count int64  `json:"count"`
		Unit  string `json:"unit"`
	} `json:"duration"`
	KeepCurrent bool      `json:"keepCurrent"`
	Path        string    `json:"path"`
	Evaluated   time.Time `json:"lastEvaluationTs"`
	Created     time.Time `json:"createEpoch"`
	Updated     time.Time `json:"updateEpoch"`
	CreatedBy   string    `json:"createdBy"`
}

// attributeStatus is a word, or in older answers an object of type and job.
type attributeStatus string

// UnmarshalJSONFrom implements [json.UnmarshalerFrom].
func (s *attributeStatus) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	if dec.PeekKind() != '{' {
		word, err := text(dec)
		*s = attributeStatus(word)
		return err
	}
	var in struct {
		Type string `json:"type"`
		Job  string `json:"job"`
	}
	if err := json.UnmarshalDecode(dec, &in, lenient); err != nil {
		return err
	}
	switch {
	case in.Type == "PUBLISHED" && in.Job == "NOT_STARTED":
		*s = "NEW"
	case in.Type == "PUBLISHED" && in.Job == "ENABLED":
		*s = "PROCESSED"
	case in.Type == "PUBLISHED" && in.Job != "":
		*s = attributeStatus(in.Job)
	default:
		*s = attributeStatus(in.Type)
	}
	return nil
}

func (w attributeWire) attribute() Attribute {
	return Attribute{
		ID: w.ID, Name: w.Name, DisplayName: w.DisplayName, Description: w.Description, Status: string(w.Status),
		Expression: w.Expression.Value, Merge: w.Merge.Value, Count: w.Duration.Count, Unit: w.Duration.Unit, FastRefresh: w.KeepCurrent,
		Path: w.Path, Evaluated: w.Evaluated, Created: w.Created, Updated: w.Updated, CreatedBy: w.CreatedBy,
	}
}

// AttributesPage is one page of computed attributes.
type AttributesPage struct {
	Attributes []Attribute
	Total      int64
}

// List returns one page of at most 40 computed attributes, most recently changed
// first, after the first offset of them. [ErrNotLicensed] where the sandbox has none to offer.
//
// Source: Profile API reference, "Computed attributes", "List computed attributes".
//
//aep:operation GET /data/core/ca/attributes
func (s *AttributesService) List(ctx context.Context, sandbox string, offset, limit int) (*AttributesPage, error) {
	if limit <= 0 || limit > maxAttributes {
		limit = maxAttributes
	}
	q := url.Values{"limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(max(offset, 0))}}
	var in struct {
		Attributes []attributeWire `json:"computedAttributes"`
		Children   []attributeWire `json:"children"` // the same, in the reference
		Page       struct {
			Total int64 `json:"totalCount"`
		} `json:"_page"`
	}
	if err := s.c.get(ctx, &request{endpoint: listAttributes, sandbox: sandbox, query: q}, &in); err != nil {
		return nil, err
	}
	p := &AttributesPage{Total: in.Page.Total}
	for _, w := range append(in.Attributes, in.Children...) {
		p.Attributes = append(p.Attributes, w.attribute())
	}
	return p, nil
}
