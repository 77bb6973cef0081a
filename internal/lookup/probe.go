package lookup

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"profiledesk/apiclient"
)

// ProbeState is whether the credential may do something in a sandbox.
type ProbeState string

// The states of a probe.
const (
	ProbeOK      ProbeState = "ok"
	ProbeAbsent  ProbeState = "absent"  // not licensed, or not there
	ProbeRefused ProbeState = "refused" // there, but our credential may not
	ProbeUnknown ProbeState = "unknown" // could not be asked
)

// Probe is one thing that the credential may do or not.
type Probe struct {
	Name  string // one of ProbeNames
	State ProbeState
	Err   error // why it is not ok, for the log: it names nobody
}

// ProbeNames are the names of all probes, in the order of the manual.
func ProbeNames() []string {
	return []string{"lookup", "events", "identities", "attributes", "exports", "hygiene", "system-jobs"}
}

// Probe asks now what the credential may do in sandbox, whoever asks: for the
// operator's check, which knows no user.
func (s *Service) Probe(ctx context.Context, sandbox string) []Probe {
	probes, err := s.loadProbes(ctx, sandbox)
	if err != nil {
		return unprobed()
	}
	return probes
}

// probeTimeout bounds each probe on its own.
const probeTimeout = 8 * time.Second

// loadProbes tries everything side by side. Each is a read that costs no quota and
// touches no real person: the identity asked for is made up.
func (s *Service) loadProbes(ctx context.Context, sandbox string) ([]Probe, error) {
	out := make([]Probe, len(ProbeNames()))
	var wait sync.WaitGroup
	for i, name := range ProbeNames() {
		wait.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, probeTimeout)
			defer cancel()
			err := s.probe(ctx, sandbox, name)
			out[i] = Probe{name, stateOf(err), err}
		})
	}
	wait.Wait()
	return out, nil
}

func (s *Service) probe(ctx context.Context, sandbox, name string) error {
	var err error
	switch name {
	case "lookup":
		_, err = s.client.Entities.Lookup(ctx, sandbox, apiclient.LookupRequest{Identities: []apiclient.Identity{nobody()}})
	case "events":
		_, err = s.client.Entities.Events(ctx, sandbox, apiclient.EventsRequest{Identity: nobody(), Limit: 1})
	case "identities":
		_, err = s.client.Identities.Graph(ctx, sandbox, []apiclient.Identity{nobody()})
	case "attributes":
		_, err = s.client.Attributes.List(ctx, sandbox, 0, 1)
	case "exports":
		_, err = s.client.ExportJobs.List(ctx, sandbox, "", 1)
	case "hygiene":
		_, err = s.client.Hygiene.Quota(ctx)
	case "system-jobs":
		_, err = s.client.SystemJobs.List(ctx, sandbox, 0, 1)
	}
	return err
}

// nobody is an identity that no device has: the platform's own begin with a number
// made of a time, this one with zeros.
func nobody() apiclient.Identity {
	var b [20]byte
	rand.Read(b[:])
	id := make([]byte, ecidDigits)
	for i := range id {
		id[i] = '0'
		if i >= len(id)-len(b) {
			id[i] += b[i-len(id)+len(b)] % 10
		}
	}
	return apiclient.Identity{Namespace: "ECID", ID: string(id)}
}

// stateOf is what an error says about a probe.
func stateOf(err error) ProbeState {
	switch {
	case err == nil, errors.Is(err, apiclient.ErrTooManyIdentities), errors.Is(err, apiclient.ErrWrongPolicy):
		return ProbeOK // it answered, if not as hoped
	case errors.Is(err, apiclient.ErrNotLicensed), errors.Is(err, apiclient.ErrNotFound):
		return ProbeAbsent
	case errors.Is(err, apiclient.ErrForbidden), errors.Is(err, apiclient.ErrUnauthorized):
		return ProbeRefused
	}
	return ProbeUnknown
}

// unprobed is what is known before anything could be asked.
func unprobed() []Probe {
	var out []Probe
	for _, name := range ProbeNames() {
		out = append(out, Probe{Name: name, State: ProbeUnknown})
	}
	return out
}
