package apiclient

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	listSandboxes   = endpoint{http.MethodGet, "/data/foundation/sandbox-management/"}
	listAllSandbox  = endpoint{http.MethodGet, "/data/foundation/sandbox-management/sandboxes"}
	getSandbox      = endpoint{http.MethodGet, "/data/foundation/sandbox-management/sandboxes/{name}"}
	getSandboxTypes = endpoint{http.MethodGet, "/data/foundation/sandbox-management/sandboxTypes"}
)

// Sandbox is one partition of an organisation.
type Sandbox struct {
	Name       string // technical name, as every call wants it
	Title      string
	State      string // "active" is the only one that can be used
	Type       string // "production" or "development"
	Region     string
	Default    bool // the default production sandbox
	Created    time.Time
	Modified   time.Time
	CreatedBy  string
	ModifiedBy string
}

// Active reports whether the sandbox can be used now.
func (s Sandbox) Active() bool { return s.State == "active" }

type sandboxWire struct {
	Name             string    `json:"name"`
	Title            string    `json:"title"`
	State            string    `json:"state"`
	Type             string    `json:"type"`
	Region           string    `json:"region"`
	IsDefault        bool      `json:"isDefault"`
	Default          bool      `json:"default"`
	CreatedDate      time.Time `json:"createdDate"`
	LastModifiedDate time.Time `json:"lastModifiedDate"`
	CreatedBy        string    `json:"createdBy"`
	ModifiedBy       string    `json:"modifiedBy"`
	LastModifiedBy   string    `json:"lastModifiedBy"`
}

func (w sandboxWire) sandbox() Sandbox {
	by := w.ModifiedBy
	if by == "" {
		by = w.LastModifiedBy
	}
	return Sandbox{w.Name, w.Title, w.State, w.Type, w.Region, w.Default || w.IsDefault, w.CreatedDate, w.LastModifiedDate, w.CreatedBy, by}
}

// sandboxPage is how many sandboxes are asked for at a time, the platform's own default.
const sandboxPage = 50

// List returns the active sandboxes that the credential may use. Where the
// platform does not offer that list it is taken from [SandboxesService.All].
//
// Source: Sandbox API reference, "Available sandboxes".
//
//aep:operation GET /data/foundation/sandbox-management/
func (s *SandboxesService) List(ctx context.Context) ([]Sandbox, error) {
	all, err := s.pages(ctx, listSandboxes)
	if errors.Is(err, ErrNotFound) {
		all, err = s.All(ctx)
	}
	var active []Sandbox
	for _, sb := range all {
		if sb.Active() {
			active = append(active, sb)
		}
	}
	return active, err
}

// All returns every sandbox of the organisation, deleted ones too. It takes the
// permission to see them, without which the error is [ErrForbidden].
//
// Source: Sandbox API reference, "Sandboxes", "List sandboxes".
//
//aep:operation GET /data/foundation/sandbox-management/sandboxes
func (s *SandboxesService) All(ctx context.Context) ([]Sandbox, error) {
	return s.pages(ctx, listAllSandbox)
}

func (s *SandboxesService) pages(ctx context.Context, e endpoint) ([]Sandbox, error) {
	return collect(e.op(), func(token string) (page[Sandbox], error) {
		offset, _ := strconv.Atoi(token) // "" is the first page
		r := &request{endpoint: e, orgWide: true, query: url.Values{
			"limit": {strconv.Itoa(sandboxPage)}, "offset": {strconv.Itoa(offset)}, // one without the other is a 400
		}}
		var in struct {
			Sandboxes []sandboxWire `json:"sandboxes"`
			Links     struct {
				Next link `json:"next"`
			} `json:"_links"`
		}
		p := page[Sandbox]{}
		if err := s.c.get(ctx, r, &in); err != nil {
			return p, err
		}
		for _, w := range in.Sandboxes {
			p.items = append(p.items, w.sandbox())
		}
		if in.Links.Next.Href != "" || len(p.items) >= sandboxPage {
			p.next = strconv.Itoa(offset + len(p.items))
		}
		return p, nil
	})
}

// Get returns one sandbox by its technical name, a deleted one too.
//
// Source: Sandbox API reference, "Sandboxes", "Look up a sandbox".
//
//aep:operation GET /data/foundation/sandbox-management/sandboxes/{name}
func (s *SandboxesService) Get(ctx context.Context, sandbox string) (*Sandbox, error) {
	r := &request{endpoint: getSandbox, sandbox: sandbox, ids: []string{sandbox}}
	var in sandboxWire
	if err := s.c.get(ctx, r, &in); err != nil {
		return nil, err
	}
	sb := in.sandbox()
	return &sb, nil
}

// Types returns the ids of the sandbox types of the organisation.
//
// Source: Sandbox API reference, "Sandbox types".
//
//aep:operation GET /data/foundation/sandbox-management/sandboxTypes
func (s *SandboxesService) Types(ctx context.Context) ([]string, error) {
	r := &request{endpoint: getSandboxTypes, orgWide: true}
	var in struct {
		Types []jsontext.Value `json:"sandboxTypes"` // texts, or objects with an id
	}
	if err := s.c.get(ctx, r, &in); err != nil {
		return nil, err
	}
	var types []string
	for _, v := range in.Types {
		id, ok := scalar(v)
		if !ok {
			var object struct {
				ID string `json:"id"`
			}
			_ = json.Unmarshal(v, &object, lenient) // an entry without id is left out
			id = object.ID
		}
		if id != "" {
			types = append(types, id)
		}
	}
	return types, nil
}

// get makes a read and decodes its answer.
func (c *Client) get(ctx context.Context, r *request, out any) error {
	a, err := c.read(ctx, r)
	if err != nil {
		return err
	}
	return decode(r, a, out)
}

// ask makes a read whose question is a body and decodes its answer.
func (c *Client) ask(ctx context.Context, r *request, in, out any) error {
	a, err := c.post(ctx, r, in)
	if err != nil {
		return err
	}
	return decode(r, a, out)
}
