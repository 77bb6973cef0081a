package apiclient

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// profileOf returns the answer to a look-up with a profile of about size bytes.
func profileOf(size int) []byte {
	var b bytes.Buffer
	b.WriteString(`{"BlvQm3xT0aKf-7Yc2pRz9WnL":{"entityId":"BlvQm3xT0aKf-7Yc2pRz9WnL","sources":["66f0c1a29d5e4b2f70a1c3d4"],"lastModifiedAt":"2026-02-12T07:31:44Z","entity":{`)
	for i := 0; b.Len() < size-120; i++ {
		fmt.Fprintf(&b, `"field%d":{"title":"some text","list":[1,2.5,true,null],"at":"2026-01-01T00:00:00Z"},`, i)
	}
	b.WriteString(`"person":{"name":{"firstName":"Rosa"}}}}}`)
	return b.Bytes()
}

func serveProfile(b *testing.B, body []byte) *httptest.Server {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/ims/token/v3" {
			fmt.Fprint(w, `{"access_token":"tok","token_type":"bearer","expires_in":86399}`)
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.Write(body)
	}))
	b.Cleanup(srv.Close)
	return srv
}

// BenchmarkLookup is one look-up of a profile; compare it with BenchmarkBare,
// which is what net/http and encoding/json do with the same answer.
func BenchmarkLookup(b *testing.B) {
	for _, size := range []int{8 << 10, 2 << 20} {
		b.Run(fmt.Sprint(size>>10, "KB"), func(b *testing.B) {
			srv := serveProfile(b, profileOf(size))
			c, err := New(Config{URL: srv.URL, IMSURL: srv.URL + "/ims", OrgID: testOrg, ClientID: testID, ClientSecret: testSecret, Scopes: testScopes})
			if err != nil {
				b.Fatal(err)
			}
			defer c.Close()
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := c.Entities.Lookup(b.Context(), "dev", LookupRequest{Identities: []Identity{rosa}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkBare reads the same answers with nothing but the standard library.
func BenchmarkBare(b *testing.B) {
	for _, size := range []int{8 << 10, 2 << 20} {
		b.Run(fmt.Sprint(size>>10, "KB"), func(b *testing.B) {
			srv := serveProfile(b, profileOf(size))
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				res, err := srv.Client().Post(srv.URL+"/data/core/ups/access/entities", "application/json", bytes.NewReader([]byte(`{}`)))
				if err != nil {
					b.Fatal(err)
				}
				var out map[string]any
				if err := json.NewDecoder(res.Body).Decode(&out); err != nil {
					b.Fatal(err)
				}
				res.Body.Close()
			}
		})
	}
}
