package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// BenchmarkPage is what every page costs before and after its handler: ids,
// headers, session, gate, line of the log.
func BenchmarkPage(b *testing.B) {
	s := newSite(b)
	who := s.browser()
	who.signIn("ana", "aep-analysts")
	cookie := who.cookie("profiledesk")
	b.ReportAllocs()
	for b.Loop() {
		r := httptest.NewRequest(http.MethodGet, "/s/dev/profiles/H1", nil)
		r.Host = s.Listener.Addr().String()
		r.Header.Set("Cookie", "profiledesk="+cookie)
		w := httptest.NewRecorder()
		s.Config.Handler.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			b.Fatalf("status %d", w.Code)
		}
	}
}
