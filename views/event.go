package views

// sentence says an event in plain words: who, what, where.
func (p Page) sentence(e Event) string {
	actor := e.Actor
	if actor == "" {
		actor = p.T("event.nobody")
	}
	sandbox := e.Sandbox
	if sandbox == "" {
		sandbox = p.T("event.no_sandbox")
	}
	if key := "kind_says." + e.Kind; p.Has(key) {
		return p.T(key, actor, sandbox)
	}
	return p.T("kind_says.other", actor, sandbox, e.Kind)
}

// eventKind is the kind of pill for an outcome; a word that is not known is
// shown as it is and never counts as success.
func eventKind(outcome string) string {
	switch outcome {
	case "ok", "found", "done", "accepted", "succeeded", "verified":
		return "ok"
	case "empty", "unknown", "too-many", "wrong-policy", "throttled", "invalid", "partial":
		return "warn"
	case "down", "not-licensed", "failed", "refused", "denied", "error":
		return "bad"
	}
	return "info"
}

func phaseKind(e Event) string {
	switch {
	case e.Phase == "before":
		return "info"
	case e.Outcome == "":
		return "unknown"
	}
	return eventKind(e.Outcome)
}

func (v Integrity) state() string {
	if v.OK {
		return "ok"
	}
	return "bad"
}

// reasonsFor is the line of a grant that says why, or what would allow it.
func (p Page) reasonsFor(g Grant) string {
	switch {
	case g.Allowed:
		return g.Through
	case len(g.Would) > 0:
		return p.T("access.would", joined(g.Would))
	}
	return p.T("access.nobody")
}

func joined(names []string) string {
	out := ""
	for i, n := range names {
		if i > 0 {
			out += ", "
		}
		out += n
	}
	return out
}

// partKind is the kind of pill for the state of something the site leans on.
func partKind(state string) string {
	switch state {
	case "ok", "warn", "bad":
		return state
	}
	return "unknown"
}
