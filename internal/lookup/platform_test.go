package lookup

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"profiledesk/apiclient"
)

const (
	goodPolicy    = "5f1b7a30-0c2e-4a55-9e0e-2f5b1f9b7f11"
	accountPolicy = "5f1b7a30-0c2e-4a55-9e0e-accacc000000"
)

// platform is a small Adobe of these tests' own.
type platform struct {
	*httptest.Server
	mu     sync.Mutex
	calls  []string                        // "METHOD path sandbox"
	asked  [][]string                      // "namespace id" of each look-up
	people map[string]string               // "namespace id" in small letters → entry of the answer, `"XID":{…}`
	graphs map[string]string               // likewise → members
	errors map[string]func() (int, string) // path → a refusal in place of the answer
	hold   chan struct{}                   // look-ups wait for it, if it is there
	held   chan struct{}                   // told when one waits
}

func newPlatform(t testing.TB) *platform {
	t.Helper()
	p := &platform{people: map[string]string{}, graphs: map[string]string{}, errors: map[string]func() (int, string){}, held: make(chan struct{}, 16)}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *platform) refuse(path string, status int, body string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors[path] = func() (int, string) { return status, body }
}

func (p *platform) allow(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.errors, path)
}

func (p *platform) journal() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.calls)
}

// count is how many calls had path in them.
func (p *platform) count(path string) int {
	n := 0
	for _, call := range p.journal() {
		if strings.Contains(call, path) {
			n++
		}
	}
	return n
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	p.mu.Lock()
	p.calls = append(p.calls, r.Method+" "+r.URL.Path+" "+r.Header.Get("x-sandbox-name"))
	refusal, hold := p.errors[r.URL.Path], p.hold
	p.mu.Unlock()
	if refusal != nil {
		status, text := refusal()
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		io.WriteString(w, text)
		return
	}
	if hold != nil && strings.HasSuffix(r.URL.Path, "/access/entities") {
		p.held <- struct{}{}
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
	}
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, p.answer(r.URL.Path, body))
}

func (p *platform) answer(path string, body []byte) string {
	switch {
	case strings.HasSuffix(path, "/token/v3"):
		return `{"access_token":"t","token_type":"bearer","expires_in":86399}`
	case strings.HasSuffix(path, "/access/entities"):
		return p.entities(body)
	case strings.HasSuffix(path, "/v2/graph"):
		return p.graph(body)
	case strings.HasSuffix(path, "/idnamespace/identities"):
		var all []string
		for _, ns := range northwind {
			all = append(all, fmt.Sprintf(`{"id":%d,"code":%q,"idType":%q,"custom":%v}`, ns.ID, ns.Code, ns.Type, ns.Custom))
		}
		return "[" + strings.Join(all, ",") + "]"
	case strings.HasSuffix(path, "/mergePolicies"):
		return `{"children":[{"id":"` + goodPolicy + `","name":"By time","default":true,"isActiveOnEdge":true,"updateEpoch":1700000000,"schema":{"name":"_xdm.context.profile"},"identityGraph":{"type":"pdg"},"attributeMerge":{"type":"timestampOrdered"}},
			{"id":"` + accountPolicy + `","name":"Accounts","schema":{"name":"_xdm.context.account"}}],"_links":{"next":{"href":""}}}`
	case strings.HasSuffix(path, "/dataSets"):
		return `{"d1":{"name":"CRM customers","tags":{"unifiedProfile":["enabled:true"]}}}`
	case strings.Contains(path, "/tenant/unions/"):
		return testUnion
	case strings.HasSuffix(path, "/sandbox-management/"):
		return `{"sandboxes":[{"name":"dev","title":"Development","state":"active","type":"development","region":"NLD2"},{"name":"prod","title":"Production","state":"active","type":"production","region":"VA7"},{"name":"gone","state":"deleted","type":"development"}],"_page":{"limit":50,"count":3}}`
	case strings.HasSuffix(path, "/previewsamplestatus"):
		return `{"totalRows":"47655","numRowsToRead":"38210","lastSampledTimestamp":"2026-03-01 03:21:40.0","status":"TASK_FINISHED"}`
	case strings.HasSuffix(path, "/ca/attributes"):
		return `{"computedAttributes":[{"id":"1","name":"spend30d","status":"PROCESSED","lastEvaluationTs":"2026-02-27T00:14:55.028"},{"id":"2","name":"x","status":"DRAFT"}],"_page":{"offset":0,"limit":40,"count":2,"totalCount":2}}`
	}
	return "{}"
}

func (p *platform) entities(body []byte) string {
	var in struct {
		Identities []struct {
			EntityID   string
			EntityIDNS struct{ Code string } `json:"entityIdNS"`
			Related    string                `json:"relatedEntityId"` // of events
			RelatedNS  struct{ Code string } `json:"relatedEntityIdNS"`
		}
	}
	json.Unmarshal(body, &in)
	p.mu.Lock()
	defer p.mu.Unlock()
	var names, entries, failed []string
	for i, id := range in.Identities {
		key := strings.ToLower(id.EntityIDNS.Code+id.RelatedNS.Code) + " " + id.EntityID + id.Related
		names = append(names, key)
		entry, ok := p.people[key]
		switch {
		case strings.HasPrefix(entry, "["): // one item of a partial failure
			failed = append(failed, entry[1:])
		case !ok:
			entries = append(entries, fmt.Sprintf(`"X%d":{"entityId":"X%d","sources":[""],"entity":{},"lastModifiedAt":"1970-01-01T00:00:00Z"}`, i, i))
		case !slices.Contains(entries, entry):
			entries = append(entries, entry)
		}
	}
	p.asked = append(p.asked, names)
	if len(failed) > 0 {
		for _, entry := range entries {
			xid, rest, _ := strings.Cut(entry, ":")
			failed = append(failed, `{"xid":`+xid+","+strings.TrimPrefix(rest, "{"))
		}
		return "[" + strings.Join(failed, ",") + "]"
	}
	return "{" + strings.Join(entries, ",") + "}"
}

func (p *platform) graph(body []byte) string {
	var in struct {
		IDs []struct{ NS, ID string } `json:"composite_xids"`
	}
	json.Unmarshal(body, &in)
	p.mu.Lock()
	defer p.mu.Unlock()
	var graphs []string
	for _, id := range in.IDs {
		self := fmt.Sprintf(`{"ns":%q,"id":%q}`, id.NS, id.ID)
		vertices := `{"composite_xid":` + self + `}` // every identity can be asked for
		if more := p.graphs[strings.ToLower(id.NS)+" "+id.ID]; more != "" {
			vertices += "," + more
		}
		graphs = append(graphs, `{"composite_xid":`+self+`,"vertices":[`+vertices+`],"edges":[]}`)
	}
	return `{"version":"2.0","graphs":[` + strings.Join(graphs, ",") + `]}`
}

// client talks to p, and does not try again.
func (p *platform) client(t testing.TB) *apiclient.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c, err := apiclient.New(apiclient.Config{
		URL: p.URL, IMSURL: p.URL + "/ims", OrgID: "0@AdobeOrg", ClientID: "id", ClientSecret: "secret", Scopes: "openid",
		Transport: transport, Tries: 1, AttemptTimeout: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

const testUnion = `{"$id":"https://ns.adobe.com/xdm/context/profile__union","title":"XDM Individual Profile","type":"object","properties":{
	"person":{"type":"object","title":"Person","meta:xdmType":"object","properties":{"name":{"type":"object","properties":{
		"firstName":{"type":"string","title":"First name","meta:xdmType":"string"}}},
		"birthDate":{"title":"Birth date","type":"string","format":"date","meta:xdmType":"date"}}},
	"identityMap":{"type":"object","title":"Identity map","meta:xdmType":"map","additionalProperties":{"type":"array","items":{"type":"object","properties":{"id":{"type":"string","title":"Identifier"}}}}},
	"_northwind":{"type":"object","properties":{"tags":{"type":"array","title":"Tags","items":{"type":"string"}},
		"tier":{"type":["string","null"],"title":"Tier","meta:xdmType":"string","enum":["gold"],"meta:enum":{"gold":"Gold member","x":"x"}},
		"open":{"type":"object","additionalProperties":false}}}},"meta:class":["not",{"title":"used"}]}`
