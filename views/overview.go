package views

// probeKind is the kind of pill for a state of the probe.
func probeKind(state string) string {
	switch state {
	case "ok":
		return "ok"
	case "absent":
		return "absent"
	case "refused":
		return "bad"
	}
	return "unknown"
}

// outcomeKind is the kind of banner for an outcome of a look-up.
func outcomeKind(outcome string) string {
	switch outcome {
	case "found":
		return "ok"
	case "empty", "unknown":
		return "info"
	case "down", "not-licensed":
		return "bad"
	}
	return "warn"
}
