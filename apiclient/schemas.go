package apiclient

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

var (
	getStats   = endpoint{http.MethodGet, "/data/foundation/schemaregistry/stats"}
	listUnions = endpoint{http.MethodGet, "/data/foundation/schemaregistry/tenant/unions"}
	getUnion   = endpoint{http.MethodGet, "/data/foundation/schemaregistry/tenant/unions/{id}"}
	getSchema  = endpoint{http.MethodGet, "/data/foundation/schemaregistry/tenant/schemas/{id}"}
)

// Names of the two union schemas that matter most, for [SchemasService.Union].
const (
	ProfileUnion = "_xdm.context.profile__union"
	EventUnion   = "_xdm.context.experienceevent__union"
)

// The registry is strict about Accept: a listing must not name a version, a
// look-up must.
const (
	acceptIDs  = "application/vnd.adobe.xed-id+json"
	acceptFull = "application/vnd.adobe.xed-full+json; version=1"
)

// Stats says whose registry it is.
type Stats struct {
	OrgID  string
	Tenant string // fields of the tenant stand below "_" + Tenant
}

// TenantField is the name of the member below which a profile has the tenant's own
// fields.
func (s Stats) TenantField() string { return "_" + s.Tenant }

// Stats returns the tenant's name.
//
// Source: Schema Registry API reference, "Stats".
//
//aep:operation GET /data/foundation/schemaregistry/stats
func (s *SchemasService) Stats(ctx context.Context, sandbox string) (*Stats, error) {
	var in struct {
		Org    string `json:"imsOrg"`
		Tenant string `json:"tenantId"`
	}
	r := &request{endpoint: getStats, sandbox: sandbox}
	a, err := s.c.read(ctx, r)
	if err != nil {
		return nil, err
	}
	if err := decode(r, a, &in); err != nil {
		return nil, err
	}
	if in.Tenant == "" {
		return nil, r.bad(a)
	}
	return &Stats{in.Org, in.Tenant}, nil
}

// Union is what all schemas of a class that are enabled for Profile make together.
type Union struct {
	ID      string `json:"$id"`
	AltID   string `json:"meta:altId"`
	Title   string `json:"title"`
	Version string `json:"version"`
}

// Unions lists the union schemas of the sandbox.
//
// Source: Schema Registry API reference, "Unions", "List unions".
//
//aep:operation GET /data/foundation/schemaregistry/tenant/unions
func (s *SchemasService) Unions(ctx context.Context, sandbox string) ([]Union, error) {
	return collect(listUnions.op(), func(token string) (page[Union], error) {
		r := &request{endpoint: listUnions, sandbox: sandbox, accept: acceptIDs}
		if token != "" {
			// start is a value of the field that the list is ordered by.
			r.query = url.Values{"orderby": {"title"}, "start": {token}}
		}
		var in struct {
			Results []Union `json:"results"`
			Page    struct {
				Next string `json:"next"`
			} `json:"_page"`
		}
		err := s.c.get(ctx, r, &in)
		return page[Union]{in.Results, in.Page.Next}, err
	})
}

// Union returns a union schema in full, as the registry has it: megabytes, and worth
// keeping for an hour. id is its $id or alternative id, such as [ProfileUnion].
// [ErrNotFound] where no schema of that class is enabled for Profile.
//
// Source: Schema Registry API reference, "Unions", "Look up a union".
//
//aep:operation GET /data/foundation/schemaregistry/tenant/unions/{id}
func (s *SchemasService) Union(ctx context.Context, sandbox, id string) (jsontext.Value, error) {
	return s.schema(ctx, getUnion, sandbox, id)
}

// Schema returns one of the tenant's schemas in full. id is its $id or alternative id.
//
// Source: Schema Registry API reference, "Schemas", "Look up a schema".
//
//aep:operation GET /data/foundation/schemaregistry/tenant/schemas/{id}
func (s *SchemasService) Schema(ctx context.Context, sandbox, id string) (jsontext.Value, error) {
	return s.schema(ctx, getSchema, sandbox, id)
}

func (s *SchemasService) schema(ctx context.Context, e endpoint, sandbox, id string) (jsontext.Value, error) {
	r := &request{endpoint: e, sandbox: sandbox, ids: []string{id}, accept: acceptFull}
	a, err := s.c.read(ctx, r)
	if err != nil {
		return nil, err
	}
	v := jsontext.Value(bytes.TrimSpace(a.body))
	if v.Kind() != '{' || !v.IsValid(tolerant) {
		return nil, r.bad(a)
	}
	return v, nil
}

// stamp is when something was made and last changed, in the spellings of
// segmentation: the epoch in seconds is to be preferred, the other may be zero.
type stamp struct {
	CreateEpoch  time.Time `json:"createEpoch"`
	CreationTime time.Time `json:"creationTime"`
	UpdateEpoch  time.Time `json:"updateEpoch"`
	UpdateTime   time.Time `json:"updateTime"`
}

func (s stamp) created() time.Time { return firstTime(s.CreateEpoch, s.CreationTime) }
func (s stamp) updated() time.Time { return firstTime(s.UpdateEpoch, s.UpdateTime) }

// firstTime returns the first time that is not zero.
func firstTime(times ...time.Time) time.Time {
	for _, t := range times {
		if !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}
