package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

var (
	listAudiences = endpoint{http.MethodGet, "/data/core/ups/audiences"}
	getAudience   = endpoint{http.MethodGet, "/data/core/ups/audiences/{id}"}
	postAudiences = endpoint{http.MethodPost, "/data/core/ups/audiences/bulk-get"}
)

// Audience is a set of profiles, defined here or brought from outside.
type Audience struct {
	ID          string // internal
	AudienceID  string // the customer's for an external audience; a profile's membership may name either
	Name        string
	Description string
	Namespace   string // "AEPSegments", "AAM", …
	Type        string // "SegmentDefinition", "ExternalAudience" or "ExternalSegment"
	State       string // "draft", "published", "inactive", "archived"
	Origin      string
	Labels      []string
	Expression  string // PQL of a segment definition, if the platform sends it
	Created     time.Time
	Updated     time.Time
}

type audienceWire struct {
	ID             string   `json:"id"`
	AudienceID     string   `json:"audienceId"`
	Name           string   `json:"name"`
	Description    string   `json:"description"`
	Namespace      string   `json:"namespace"`
	Type           string   `json:"type"`
	LifecycleState string   `json:"lifecycleState"`
	Lifecycle      string   `json:"lifecycle"`
	Origin         string   `json:"originName"`
	Labels         []string `json:"labels"`
	Expression     struct {
		Value string `json:"value"`
	} `json:"expression"`
	stamp
}

func (w audienceWire) audience() Audience {
	return Audience{
		ID: w.ID, AudienceID: first(w.AudienceID, w.ID), Name: w.Name, Description: w.Description, Namespace: w.Namespace, Type: w.Type,
		State: first(w.LifecycleState, w.Lifecycle), Origin: w.Origin, Labels: w.Labels, Expression: w.Expression.Value,
		Created: w.created(), Updated: w.updated(),
	}
}

// List returns all audiences, page after page. [ErrNotLicensed] where the
// organisation is not enabled for them.
//
// Source: Segmentation API reference, "Audiences", "List audiences".
//
//aep:operation GET /data/core/ups/audiences
func (s *AudiencesService) List(ctx context.Context, sandbox string) ([]Audience, error) {
	return collect(listAudiences.op(), func(token string) (page[Audience], error) {
		q := url.Values{"limit": {"100"}}
		set(q, "start", token)
		type meta struct {
			Next string `json:"next"` // for start; "0" is the end
		}
		var in struct {
			Children []audienceWire `json:"children"`
			Page     meta           `json:"_page"`
			Pages    meta           `json:"_pages"`
		}
		p := page[Audience]{}
		if err := s.c.get(ctx, &request{endpoint: listAudiences, sandbox: sandbox, query: q}, &in); err != nil {
			return p, err
		}
		for _, w := range in.Children {
			p.items = append(p.items, w.audience())
		}
		if p.next = first(in.Page.Next, in.Pages.Next); p.next == "0" {
			p.next = ""
		}
		return p, nil
	})
}

// Get returns one audience, or [ErrNotFound].
//
// Source: Segmentation API reference, "Audiences", "Retrieve an audience".
//
//aep:operation GET /data/core/ups/audiences/{id}
func (s *AudiencesService) Get(ctx context.Context, sandbox, id string) (*Audience, error) {
	var in audienceWire
	if err := s.c.get(ctx, &request{endpoint: getAudience, sandbox: sandbox, ids: []string{id}}, &in); err != nil {
		return nil, err
	}
	a := in.audience()
	return &a, nil
}

// Bulk returns those of the audiences named by ids that exist, by the id that they
// were asked for.
//
// Source: Segmentation API reference, "Audiences", "Bulk retrieve audiences".
//
//aep:operation POST /data/core/ups/audiences/bulk-get
func (s *AudiencesService) Bulk(ctx context.Context, sandbox string, ids []string) (map[string]Audience, error) {
	all, err := bulk[audienceWire](ctx, s.c, postAudiences, sandbox, ids)
	if errors.Is(err, ErrNotFound) { // none of them
		err = nil
	}
	found := map[string]Audience{}
	for id, w := range all {
		found[id] = w.audience()
	}
	return found, err
}
