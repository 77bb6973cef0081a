package aep

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// Control returns the handler of the control port: rules of trouble, switches,
// the journal, the people, a new sample, and the sign-in provider's accounts.
// What is wrong with a body is said in {"error": …} with status 400.
func (s *Server) Control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /rules", s.addRule)
	mux.HandleFunc("GET /rules", func(w http.ResponseWriter, _ *http.Request) { writeControl(w, http.StatusOK, s.rules.list()) })
	mux.HandleFunc("DELETE /rules", func(w http.ResponseWriter, _ *http.Request) {
		s.rules.remove("")
		w.WriteHeader(http.StatusNoContent)
	})
	mux.HandleFunc("DELETE /rules/{id}", s.dropRule)
	mux.HandleFunc("GET /switches", func(w http.ResponseWriter, _ *http.Request) { writeControl(w, http.StatusOK, s.switches.Load()) })
	mux.HandleFunc("PUT /switches", s.putSwitches)
	mux.HandleFunc("GET /journal", s.readJournal)
	mux.HandleFunc("GET /people", s.listPeople)
	mux.HandleFunc("POST /sample", s.resample)
	mux.HandleFunc("PUT /idp/users/{username}", s.putUser)
	return mux
}

func writeControl(w http.ResponseWriter, status int, v any) {
	a := reply(status, v)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(a.status)
	_, _ = w.Write(append(a.body, '\n'))
}

func refuseControl(w http.ResponseWriter, status int, err error) {
	writeControl(w, status, object{"error": err.Error()})
}

func controlBody(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 8<<20))
	if err != nil {
		refuseControl(w, http.StatusBadRequest, errors.New("the body is larger than 8 MB or cannot be read"))
		return nil, false
	}
	return body, true
}

func (s *Server) addRule(w http.ResponseWriter, r *http.Request) {
	body, ok := controlBody(w, r)
	if !ok {
		return
	}
	rule, err := parseRule(body)
	if err != nil {
		refuseControl(w, http.StatusBadRequest, err)
		return
	}
	writeControl(w, http.StatusCreated, object{"id": s.rules.add(rule)})
}

func (s *Server) dropRule(w http.ResponseWriter, r *http.Request) {
	if !s.rules.remove(r.PathValue("id")) {
		refuseControl(w, http.StatusNotFound, errors.New("no such rule"))
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) putSwitches(w http.ResponseWriter, r *http.Request) {
	body, ok := controlBody(w, r)
	if !ok {
		return
	}
	after, err := s.changeSwitches(body)
	if err != nil {
		refuseControl(w, http.StatusBadRequest, err)
		return
	}
	writeControl(w, http.StatusOK, after)
}

func (s *Server) readJournal(w http.ResponseWriter, r *http.Request) {
	after := int64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			refuseControl(w, http.StatusBadRequest, fmt.Errorf("after: %q is not a number", text))
			return
		}
		after = n
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_, _ = w.Write(s.journal.after(after))
}

func (s *Server) listPeople(w http.ResponseWriter, r *http.Request) {
	name, limit := r.URL.Query().Get("sandbox"), 100
	if name == "" {
		name = "dev"
	}
	box := s.box(name)
	if box == nil {
		refuseControl(w, http.StatusBadRequest, fmt.Errorf("sandbox: %q is unknown", name))
		return
	}
	if text := r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			refuseControl(w, http.StatusBadRequest, fmt.Errorf("limit: %q is not a number above zero", text))
			return
		}
		limit = n
	}
	box.mu.RLock()
	defer box.mu.RUnlock()
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for _, p := range box.people[:min(limit, len(box.people))] {
		n := p.email
		_ = enc.Encode(struct {
			Namespace string `json:"namespace"`
			ID        string `json:"id"`
			XID       string `json:"xid"`
			Kind      string `json:"kind"`
		}{namespaces[n.ns].Code, n.id, n.xid(), p.kind})
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_, _ = w.Write(buf.Bytes())
}

// resample takes all reports anew, in every sandbox.
func (s *Server) resample(w http.ResponseWriter, r *http.Request) {
	body, ok := controlBody(w, r)
	if !ok {
		return
	}
	if len(bytes.TrimSpace(body)) > 0 {
		if err := decodeStrict(body, &struct{}{}); err != nil {
			refuseControl(w, http.StatusBadRequest, err)
			return
		}
	}
	now := s.now()
	for _, b := range s.boxes {
		b.mu.Lock()
		b.sample = b.takeSample(now)
		b.mu.Unlock()
	}
	writeControl(w, http.StatusOK, object{"sampled": stampMS(now)})
}

func (s *Server) putUser(w http.ResponseWriter, r *http.Request) {
	body, ok := controlBody(w, r)
	if !ok {
		return
	}
	var in struct {
		Groups   []string `json:"groups"` // nil leaves them as they are
		Disabled bool     `json:"disabled"`
	}
	err := decodeStrict(body, &in)
	if err == nil && slices.Contains(in.Groups, "") {
		err = errors.New("groups: an empty name")
	}
	if err != nil {
		refuseControl(w, http.StatusBadRequest, err)
		return
	}
	if s.setUser == nil {
		refuseControl(w, http.StatusNotImplemented, errors.New("no sign-in provider runs beside this emulator"))
		return
	}
	if err := s.setUser(r.PathValue("username"), in.Groups, in.Disabled); err != nil {
		refuseControl(w, http.StatusNotFound, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}
