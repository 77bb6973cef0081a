package aep

import (
	"encoding/json"
	"fmt"
	"time"
)

// Switches choose among the forms in which Adobe's deployments answer, and
// which capabilities this organisation is licensed for.
type Switches struct {
	SystemJobs   string  `json:"system_jobs"`   // azure or aws
	ListOrder    string  `json:"list_order"`    // asc or desc, by creation, where Adobe names no order
	ListLag      string  `json:"list_lag"`      // how late new jobs and orders appear in lists
	CAList       string  `json:"ca_list"`       // docs or spec
	CAStatus     string  `json:"ca_status"`     // string or object
	ExportIDs    string  `json:"export_ids"`    // int or string
	ExportCancel int     `json:"export_cancel"` // 200 or 204
	Lookup       bool    `json:"lookup"`
	Events       bool    `json:"events"`
	EntityDelete bool    `json:"entity_delete"`
	Attributes   bool    `json:"attributes"`
	Hygiene      bool    `json:"hygiene"`
	Graph        string  `json:"graph"`      // v2 or cluster
	Rate         float64 `json:"rate"`       // calls per second; 0: no limit
	TokenLife    string  `json:"token_life"` // of tokens issued from now on
}

func defaultSwitches() Switches {
	return Switches{
		SystemJobs: "azure", ListOrder: "asc", ListLag: "0s", CAList: "docs", CAStatus: "string", ExportIDs: "int", ExportCancel: 200,
		Lookup: true, Events: true, EntityDelete: true, Attributes: true, Hygiene: true, Graph: "v2", TokenLife: "24h",
	}
}

// check says what is wrong with a set of switches, naming the switch.
func (s Switches) check() error {
	for _, c := range []struct{ name, value, one, other string }{
		{"system_jobs", s.SystemJobs, "azure", "aws"},
		{"list_order", s.ListOrder, "asc", "desc"},
		{"ca_list", s.CAList, "docs", "spec"},
		{"ca_status", s.CAStatus, "string", "object"},
		{"export_ids", s.ExportIDs, "int", "string"},
		{"graph", s.Graph, "v2", "cluster"},
	} {
		if c.value != c.one && c.value != c.other {
			return fmt.Errorf("%s: %q is neither %s nor %s", c.name, c.value, c.one, c.other)
		}
	}
	if s.ExportCancel != 200 && s.ExportCancel != 204 {
		return fmt.Errorf("export_cancel: %d is neither 200 nor 204", s.ExportCancel)
	}
	if s.Rate < 0 {
		return fmt.Errorf("rate: %v is negative", s.Rate)
	}
	if d, err := time.ParseDuration(s.ListLag); err != nil || d < 0 {
		return fmt.Errorf("list_lag: %q is not a duration", s.ListLag)
	}
	if d, err := time.ParseDuration(s.TokenLife); err != nil || d <= 0 {
		return fmt.Errorf("token_life: %q is not a duration above zero", s.TokenLife)
	}
	return nil
}

// tokenLife and lag cannot fail: the text was checked when it was set.
func (s Switches) tokenLife() time.Duration { d, _ := time.ParseDuration(s.TokenLife); return d }

// changeSwitches sets the switches that body names and leaves the others.
func (s *Server) changeSwitches(body []byte) (Switches, error) {
	for {
		before := s.switches.Load()
		after := *before
		if err := decodeStrict(body, &after); err != nil {
			return Switches{}, err
		}
		if err := after.check(); err != nil {
			return Switches{}, err
		}
		if s.switches.CompareAndSwap(before, &after) {
			return after, nil
		}
	}
}

// UnmarshalJSON takes the two counts also as text, since the forms in which
// operators write them differ; everything else is strict.
func (s *Switches) UnmarshalJSON(data []byte) error {
	type plain Switches
	in := struct {
		*plain
		ExportCancel flexInt   `json:"export_cancel"`
		Rate         flexFloat `json:"rate"`
	}{plain: (*plain)(s), ExportCancel: flexInt(s.ExportCancel), Rate: flexFloat(s.Rate)}
	if err := decodeStrict(data, &in); err != nil {
		return err
	}
	s.ExportCancel, s.Rate = int(in.ExportCancel), float64(in.Rate)
	return nil
}

type flexInt int

func (n *flexInt) UnmarshalJSON(data []byte) error { return json.Unmarshal(unquoted(data), (*int)(n)) }

type flexFloat float64

func (n *flexFloat) UnmarshalJSON(data []byte) error {
	return json.Unmarshal(unquoted(data), (*float64)(n))
}

func unquoted(data []byte) []byte {
	if len(data) > 2 && data[0] == '"' {
		return data[1 : len(data)-1]
	}
	return data
}
