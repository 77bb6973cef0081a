package contract

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

// refusal is a request that Adobe refuses, sent past the client.
type refusal struct {
	name, method, path, body string
	without                  string            // header that is left out
	with                     map[string]string // headers that are set
	want                     int
}

const entities = "/data/core/ups/access/entities"

var refusals = []refusal{
	{"no token", "GET", "/data/core/ups/config/mergePolicies", "", "Authorization", nil, 403},
	{"a token that is none", "GET", "/data/core/ups/config/mergePolicies", "", "", map[string]string{"Authorization": "Bearer nonsense"}, 401},
	{"no key", "GET", "/data/core/ups/config/mergePolicies", "", "X-Api-Key", nil, 403},
	{"another key", "GET", "/data/core/ups/config/mergePolicies", "", "", map[string]string{"X-Api-Key": "nobody"}, 403},
	{"no organisation", "GET", "/data/core/ups/config/mergePolicies", "", "X-Gw-Ims-Org-Id", nil, 400},
	{"another organisation", "GET", "/data/core/ups/config/mergePolicies", "", "", map[string]string{"X-Gw-Ims-Org-Id": "0@AdobeOrg"}, 403},
	{"no sandbox", "GET", "/data/core/ups/config/mergePolicies", "", "X-Sandbox-Name", nil, 400},
	{"an unknown sandbox", "GET", "/data/core/ups/config/mergePolicies", "", "", map[string]string{"X-Sandbox-Name": "nowhere"}, 403},
	{"a body that is no JSON", "POST", entities, `{"schema":`, "", nil, 400},
	{"no identities", "POST", entities, `{"schema":{"name":"_xdm.context.profile"}}`, "", nil, 400},
	{"no schema", "GET", entities + "?entityId=a&entityIdNS=Email", "", "", nil, 400},
	{"catalog limit 0", "GET", "/data/foundation/catalog/dataSets?limit=0", "", "", nil, 400},
	{"catalog limit 101", "GET", "/data/foundation/catalog/dataSets?limit=101", "", "", nil, 400},
	{"a graph without projection", "POST", "/data/core/identity/v2/graph", `{"composite_xids":[{"ns":"Email","id":"a@example.com"}]}`, "", nil, 400},
	{"an identity without namespace", "GET", "/data/core/identity/identity?id=a", "", "", nil, 400},
	{"a union without version", "GET", "/data/foundation/schemaregistry/tenant/unions/_xdm.context.profile__union", "", "", map[string]string{"Accept": "application/vnd.adobe.xed-full+json"}, 400},
	{"unions with a version", "GET", "/data/foundation/schemaregistry/tenant/unions", "", "", map[string]string{"Accept": "application/vnd.adobe.xed+json; version=1"}, 400},
	{"an unknown union", "GET", "/data/foundation/schemaregistry/tenant/unions/_xdm.context.nothing__union", "", "", map[string]string{"Accept": "application/vnd.adobe.xed-full+json; version=1"}, 404},
	{"no audiences asked for", "POST", "/data/core/ups/audiences/bulk-get", `{"ids":[]}`, "", nil, 400},
	{"sandboxes with limit alone", "GET", "/data/foundation/sandbox-management/?limit=2", "", "", nil, 400},
}

// provoke sends the refusals to the emulator as a client with a good token.
func provoke(t *testing.T) []exchange {
	t.Helper()
	s := newStage(t)
	if err := s.client.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.client.Sandboxes.List(t.Context()); err != nil {
		t.Fatal(err)
	}
	token := s.kept[len(s.kept)-1].request.Header.Get("Authorization")
	s.kept = nil
	browser := http.Client{Transport: s.recorder, Timeout: 10 * time.Second}
	for _, r := range refusals {
		s.during(r.name, func() {
			req := s.request(t, r, token)
			resp, err := browser.Do(req)
			if err != nil {
				t.Fatalf("%s: %v", r.name, err)
			}
			resp.Body.Close()
			if resp.StatusCode != r.want {
				t.Errorf("%s: %s %s answered %d, want %d", r.name, r.method, r.path, resp.StatusCode, r.want)
			}
			if resp.Header.Get("X-Request-Id") == "" {
				t.Errorf("%s: the answer has no x-request-id", r.name)
			}
		})
	}
	return s.kept
}

func (s *stage) request(t *testing.T, r refusal, token string) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.method, s.url+r.path, strings.NewReader(r.body))
	if err != nil {
		t.Fatal(err)
	}
	known := s.server.Credentials()
	req.Header.Set("Authorization", token)
	req.Header.Set("X-Api-Key", known.ClientID)
	req.Header.Set("X-Gw-Ims-Org-Id", known.OrgID)
	req.Header.Set("X-Sandbox-Name", box)
	req.Header.Set("Accept", "application/json")
	if r.body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.with {
		req.Header.Set(name, value)
	}
	if r.without != "" {
		req.Header.Del(r.without)
	}
	return req
}
