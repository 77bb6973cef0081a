package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// number is a number as it stood in a leaf: parsing one loses no digit.
type number = json.Number

// timeLayout has a fixed width: such times compare as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// FormatTime writes t as leaves have it: UTC, microseconds, fixed width.
func FormatTime(t time.Time) string { return t.UTC().Format(timeLayout) }

// ParseTime reads what [FormatTime] wrote.
func ParseTime(s string) (time.Time, error) { return time.Parse(timeLayout, s) }

// Leaf is the event as one line of JSON, without the newline: keys in a fixed
// order, absent where empty, those of detail sorted, everything escaped that a
// terminal could take for more than text. The same event gives the same bytes.
// Its error wraps [ErrBadEvent].
func (e *Event) Leaf() ([]byte, error) {
	if err := e.Check(); err != nil {
		return nil, err
	}
	w := leafWriter{b: make([]byte, 0, 512)}
	w.raw(`{"v":`).int(Version)
	w.raw(`,"seq":`).int(e.Seq)
	w.raw(`,"at":`).string(FormatTime(e.At))
	w.field("kind", e.Kind)
	w.field("phase", e.Phase)
	w.field("op", e.Op)
	w.actor(e.Actor)
	w.list("groups", e.Groups)
	w.field("sandbox", e.Sandbox)
	w.field("right", e.Right)
	if e.Allowed != nil {
		w.raw(`,"allowed":`).raw(strconv.FormatBool(*e.Allowed))
	}
	w.list("subjects", e.Subjects)
	w.field("target", e.Target)
	w.field("reason", e.Reason)
	w.field("ticket", e.Ticket)
	w.field("ip", e.IP)
	w.field("request_id", e.RequestID)
	w.adobe(e.Adobe)
	w.field("outcome", e.Outcome)
	if len(e.Detail) > 0 {
		w.raw(`,"detail":`).value(e.Detail)
	}
	w.raw("}")
	if len(w.b) > MaxLeaf {
		return nil, fmt.Errorf("%w: %s takes %d bytes, %d is the most", ErrBadEvent, e.Kind, len(w.b), MaxLeaf)
	}
	return w.b, nil
}

// wire is a leaf as encoding/json reads it.
type wire struct {
	V         int            `json:"v"`
	Seq       int64          `json:"seq"`
	At        string         `json:"at"`
	Kind      string         `json:"kind"`
	Phase     string         `json:"phase"`
	Op        string         `json:"op"`
	Actor     Actor          `json:"actor"`
	Groups    []string       `json:"groups"`
	Sandbox   string         `json:"sandbox"`
	Right     string         `json:"right"`
	Allowed   *bool          `json:"allowed"`
	Subjects  []string       `json:"subjects"`
	Target    string         `json:"target"`
	Reason    string         `json:"reason"`
	Ticket    string         `json:"ticket"`
	IP        string         `json:"ip"`
	RequestID string         `json:"request_id"`
	Adobe     *Adobe         `json:"adobe"`
	Outcome   string         `json:"outcome"`
	Detail    map[string]any `json:"detail"`
}

// ParseLeaf reads one leaf. Only the very bytes that [Event.Leaf] writes are
// taken: a key twice, in another order or in another case is refused. Numbers
// in Detail come as [json.Number].
func ParseLeaf(leaf []byte) (Event, error) {
	var w wire
	dec := json.NewDecoder(bytes.NewReader(leaf))
	dec.UseNumber()
	if err := dec.Decode(&w); err != nil {
		return Event{}, errors.New("leaf is not the JSON of an event")
	}
	if w.V != Version {
		return Event{}, fmt.Errorf("leaf is of version %d, this program reads %d", w.V, Version)
	}
	at, err := ParseTime(w.At)
	if err != nil {
		return Event{}, errors.New("leaf has no time")
	}
	e := Event{
		Seq: w.Seq, At: at, Kind: w.Kind, Phase: w.Phase, Op: w.Op, Actor: w.Actor, Groups: w.Groups, Sandbox: w.Sandbox,
		Right: w.Right, Allowed: w.Allowed, Subjects: w.Subjects, Target: w.Target, Reason: w.Reason, Ticket: w.Ticket, IP: w.IP,
		RequestID: w.RequestID, Adobe: w.Adobe, Outcome: w.Outcome, Detail: w.Detail,
	}
	again, err := e.Leaf()
	if err != nil {
		return Event{}, err
	}
	if !bytes.Equal(again, leaf) {
		return Event{}, errors.New("leaf is not in its one form")
	}
	return e, nil
}

// sortedKeys are the keys of m in byte order.
func sortedKeys(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
