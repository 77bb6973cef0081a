package app

import (
	"context"
	"errors"
	"sync"
	"time"

	"profiledesk/apiclient"
	"profiledesk/handlers"
	"profiledesk/internal/auth"
	"profiledesk/internal/store"
	"profiledesk/web"
)

// The states of a part, as /status shows them.
const (
	stateOK      = "ok"
	stateWarn    = "warn"
	stateBad     = "bad"
	stateUnknown = "unknown"
)

const (
	askEvery = 30 * time.Second // the provider and Adobe are asked so often
	askLimit = 10 * time.Second
)

// health knows how the parts are. What is outside is asked beside requests, so
// that polling costs nobody anything.
type health struct {
	store    *store.Store
	policy   *auth.PolicyFile
	provider *auth.Provider
	client   *apiclient.Client
	now      func() time.Time
	draining func() bool
	file     bool // a second place for checkpoints is set

	mu    sync.Mutex
	parts map[string]handlers.Part
}

// run asks the provider and Adobe until ctx ends.
func (h *health) run(ctx context.Context) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		h.ask(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (h *health) ask(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	var wait sync.WaitGroup
	wait.Go(func() { h.set("idp", outside(h.provider.Ready(ctx), "status.idp.down")) })
	wait.Go(func() { h.set("aep", aepState(h.client.Token(ctx))) })
	wait.Wait()
}

// outside is the state of a part that answered with err.
func outside(err error, why string) handlers.Part {
	if err == nil {
		return handlers.Part{State: stateOK}
	}
	return handlers.Part{State: stateBad, Why: why}
}

func aepState(err error) handlers.Part {
	if errors.Is(err, apiclient.ErrUnauthorized) {
		return handlers.Part{State: stateBad, Why: "status.aep.refused"}
	}
	return outside(err, "status.aep.down")
}

// set keeps a part's state, with the moment since which it is so.
func (h *health) set(name string, p handlers.Part) {
	h.mu.Lock()
	defer h.mu.Unlock()
	before, known := h.parts[name]
	p.Name, p.Since = name, h.now()
	if known && before.State == p.State {
		p.Since = before.Since
	}
	h.parts[name] = p
}

func (h *health) get(name string) handlers.Part {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := h.parts[name]; ok {
		return p
	}
	return handlers.Part{Name: name, State: stateUnknown}
}

// Parts is what /status shows.
func (h *health) Parts(ctx context.Context) []handlers.Part {
	h.set("store", outside(h.store.Ping(ctx), "status.store.down"))
	h.set("log", h.logState(ctx))
	h.set("policy", h.policyState())
	h.set("checkpoint", h.checkpointState())
	var parts []handlers.Part
	for _, name := range []string{"idp", "aep", "store", "log", "policy", "checkpoint"} {
		parts = append(parts, h.get(name))
	}
	return parts
}

func (h *health) logState(ctx context.Context) handlers.Part {
	switch {
	case h.store.LogHealth(ctx) != nil:
		return handlers.Part{State: stateBad, Why: "status.log.down"}
	case h.store.Restored():
		return handlers.Part{State: stateBad, Why: "status.log.held"}
	case h.store.Lost() > 0:
		return handlers.Part{State: stateWarn, Why: "status.log.lost"}
	}
	return handlers.Part{State: stateOK}
}

func (h *health) policyState() handlers.Part {
	if h.policy.Err() != nil {
		return handlers.Part{State: stateBad, Why: "status.policy.refused"}
	}
	return handlers.Part{State: stateOK}
}

func (h *health) checkpointState() handlers.Part {
	switch {
	case !h.file:
		return handlers.Part{State: stateWarn, Why: "status.checkpoint.none"}
	case h.store.CheckpointHealth() != nil:
		return handlers.Part{State: stateBad, Why: "status.checkpoint.down"}
	}
	return handlers.Part{State: stateOK}
}

// Ready is what /readyz says.
func (h *health) Ready(ctx context.Context) web.Readiness {
	r := web.Readiness{Store: "ok", Log: "ok", IdP: h.get("idp").State, AEP: h.get("aep").State}
	if h.store.Ping(ctx) != nil {
		r.Store = "down"
	}
	if h.draining() {
		r.Store = "draining"
	}
	if h.store.LogHealth(ctx) != nil {
		r.Log = "down"
	}
	return r
}
