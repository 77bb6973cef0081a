package handlers

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"profiledesk/internal/audit"
	"profiledesk/internal/words"
	"profiledesk/views"
)

// viewsEvent is an event as pages show it.
func viewsEvent(p words.Printer, e audit.Event) views.Event {
	v := views.Event{
		Seq: e.Seq, At: e.At, Kind: e.Kind, Phase: e.Phase, Actor: e.Actor.Name, Issuer: e.Actor.Issuer, Groups: e.Groups,
		Sandbox: e.Sandbox, Right: e.Right, Allowed: e.Allowed, Outcome: e.Outcome, Subjects: e.Subjects, Target: e.Target,
		Reason: e.Reason, Ticket: e.Ticket, IP: e.IP, RequestID: e.RequestID, Op: e.Op,
	}
	if v.Actor == "" {
		v.Actor = e.Actor.Subject
	}
	if e.Adobe != nil {
		v.Adobe = strings.TrimSpace(strings.TrimPrefix(strconv.Itoa(e.Adobe.Status), "0") + " " + e.Adobe.RequestID + " " + e.Adobe.ID)
	}
	for _, name := range slices.Sorted(maps.Keys(e.Detail)) {
		v.Detail = append(v.Detail, views.Fact{Label: name, Value: plainValue(p, e.Detail[name])})
	}
	return v
}

// plainValue writes a value of an event's detail on one line.
func plainValue(p words.Printer, v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return p.Number(v)
	case map[string]any, []any, []string:
		text, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(text)
	}
	return fmt.Sprint(v)
}
