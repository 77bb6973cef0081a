package aep

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

const defaultEvents = 1000 // events on a page, and the most there are

// getEvents is GET /access/entities for one profile's events.
func (c *call) getEvents(w wanted) answer {
	q := c.query
	if err := w.readTimes(q); err != nil {
		return entityError(http.StatusBadRequest, "UPS-ACC-1000006", err.Error())
	}
	key, err := readTarget(q.Get("relatedEntityId"), firstOf(q.Get("relatedEntityIdNS"), q.Get("relatedEntityIdNs")))
	if err != nil {
		return entityError(http.StatusBadRequest, "UPS-ACC-1000002", strings.ReplaceAll(err.Error(), "entityId", "relatedEntityId"))
	}
	n := c.box.find(key)
	if n == nil {
		return entityNotFound()
	}
	members := c.box.members(n, w.policy)
	if len(members) > maxIdentities {
		return reply(http.StatusUnprocessableEntity, tooMany(len(members)))
	}
	page := c.box.eventPage(members, w, firstOf(q.Get("offsets"), q.Get("start")))
	href := ""
	if page.next != "" {
		href = nextHref(q, page)
	}
	buf := c.box.appendPage(make([]byte, 0, 4096), page, w)
	buf = append(buf, `,"_links":{"next":{"href":`...)
	return raw(http.StatusOK, append(append(buf, mustJSON(href)...), `}}}`...))
}

// nextHref repeats the whole query with the token as start and as offsets. It
// is relative to /data/core/ups/access, not to the collection.
func nextHref(q url.Values, page *eventPage) string {
	next := url.Values{}
	for _, name := range []string{"schema.name", "relatedSchema.name", "fields", "mergePolicyId", "startTime", "endTime", "limit", "property", "withCA"} {
		if v, ok := q[name]; ok {
			next[name] = v
		}
	}
	next.Set("relatedEntityId", page.key)
	next.Set("orderby", page.orderby)
	next.Set("offsets", page.next)
	return "/entities?start=" + url.QueryEscape(page.next) + "&" + next.Encode()
}

func (w *wanted) readTimes(q url.Values) error {
	from, err := readMS("startTime", q.Get("startTime"))
	if err != nil {
		return err
	}
	to, err := readMS("endTime", q.Get("endTime"))
	if err != nil {
		return err
	}
	w.from, w.to, w.limit = from, to, defaultEvents
	if text := q.Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return errors.New("limit is not a number above zero")
		}
		w.limit = min(n, defaultEvents)
	}
	if err := w.order(firstOf(q.Get("orderby"), q.Get("orderBy"))); err != nil {
		return err
	}
	if len(q["property"]) > 3 {
		return errors.New("at most 3 property filters are supported")
	}
	for _, text := range q["property"] {
		f, err := parseFilter(text, "!=", "<=", ">=", "=", "<", ">")
		if err != nil {
			return err
		}
		w.filters = append(w.filters, f)
	}
	return nil
}

func readMS(name, text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n != n || n > 1<<53 || n < -(1<<53) {
		return 0, fmt.Errorf("%s is not a number of milliseconds", name)
	}
	return int64(n), nil
}

// order reads a sort order. A bare + arrives as a blank and means ascending.
func (w *wanted) order(text string) error {
	switch strings.TrimSpace(text) {
	case "", "timestamp", "+timestamp":
	case "-timestamp":
		w.descending = true
	default:
		return errors.New("orderby must be +timestamp or -timestamp")
	}
	return nil
}

func (w *wanted) orderby() string {
	if w.descending {
		return "-timestamp"
	}
	return "timestamp"
}

// eventPage is one page of a profile's events.
type eventPage struct {
	key     string // XID of the profile
	orderby string
	events  []*event
	next    string // token; "" on the last page
}

// eventPage collects the events of all members and cuts the page that follows
// token. A token that is not one of ours gives an empty last page: answering
// the first page again would have a client loop for ever.
func (b *sandbox) eventPage(members []*identity, w wanted, token string) *eventPage {
	page := &eventPage{key: members[0].xid(), orderby: w.orderby()}
	var after event
	if token != "" {
		var ok bool
		if after, ok = readCursor(token); !ok {
			return page
		}
	}
	all := b.eventsOf(members, w.from, w.to)
	if w.descending {
		slices.Reverse(all)
	}
	if token != "" {
		n := sort.Search(len(all), func(i int) bool {
			d := compareEvents(all[i], &after)
			if w.descending {
				d = -d
			}
			return d > 0
		})
		all = all[n:]
	}
	for _, e := range all {
		if len(w.filters) > 0 && !b.passes(e, w.filters) {
			continue
		}
		if len(page.events) == w.limit {
			page.next = writeCursor(page.events[w.limit-1])
			break
		}
		page.events = append(page.events, e)
	}
	return page
}

// eventsOf are the events of the members in [from, to), ascending.
func (b *sandbox) eventsOf(members []*identity, from, to int64) []*event {
	var all []*event
	for _, n := range members {
		for i := range n.events {
			if e := &n.events[i]; e.at >= from && (to == 0 || e.at < to) {
				all = append(all, e)
			}
		}
	}
	if !slices.IsSortedFunc(all, compareEvents) {
		slices.SortFunc(all, compareEvents)
	}
	return all
}

func compareEvents(x, y *event) int {
	return cmp.Or(cmp.Compare(x.at, y.at), cmp.Compare(x.seed, y.seed))
}

func (b *sandbox) passes(e *event, filters []filter) bool {
	body := parseTree(eventBody(e))
	for _, f := range filters {
		var text []byte
		if t := body.at(f.field); t != nil {
			text = t.leaf
		}
		if !f.holds(text) {
			return false
		}
	}
	return true
}

func writeCursor(e *event) string {
	data := binary.BigEndian.AppendUint64(nil, uint64(e.at))
	data = binary.BigEndian.AppendUint64(data, e.seed)
	return base64.RawURLEncoding.EncodeToString(append(data, cursorSum(data)))
}

func readCursor(token string) (event, bool) {
	data, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(data) != 17 || data[16] != cursorSum(data[:16]) {
		return event{}, false
	}
	return event{at: int64(binary.BigEndian.Uint64(data)), seed: binary.BigEndian.Uint64(data[8:])}, true
}

func cursorSum(data []byte) byte {
	sum := byte(0x5a)
	for _, b := range data {
		sum = sum<<1 ^ sum>>7 ^ b
	}
	return sum
}

// appendPage writes _page and children, leaving the object open.
func (b *sandbox) appendPage(buf []byte, page *eventPage, w wanted) []byte {
	start := ""
	if len(page.events) > 0 {
		start = eventID(page.events[0])
	}
	buf = append(buf, `{"_page":`...)
	buf = append(buf, mustJSON(object{"orderby": page.orderby, "start": start, "count": len(page.events), "next": page.next})...)
	buf = append(buf, `,"children":[`...)
	for i, e := range page.events {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(strconv.AppendQuote(append(buf, `{"relatedEntityId":`...), page.key), `,"entityId":"`...)
		buf = append(append(buf, eventID(e)...), `","timestamp":`...)
		buf = strconv.AppendInt(buf, e.at, 10)
		buf = append(buf, `,"entity":`...)
		if body := eventBody(e); len(w.fields) == 0 {
			buf = append(buf, body...)
		} else {
			buf = parseTree(body).project(w.fields).appendTo(buf)
		}
		buf = append(buf, `,"lastModifiedAt":"`...)
		buf = time.UnixMilli(e.at).UTC().Add(10*time.Minute).AppendFormat(buf, time.RFC3339)
		buf = append(buf, '"', '}')
	}
	return append(buf, ']')
}
