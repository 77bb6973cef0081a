package aep

import (
	"net/http"
	"strconv"
)

// postEvents answers the first or a later page for each profile asked for.
func (c *call) postEvents(w wanted, in bulkRequest) answer {
	w.limit = defaultEvents
	if in.Limit != nil {
		if *in.Limit < 1 {
			return entityError(http.StatusBadRequest, "UPS-ACC-1000006", "limit is not a number above zero")
		}
		w.limit = int(min(*in.Limit, defaultEvents))
	}
	if err := w.order(in.Orderby); err != nil {
		return entityError(http.StatusBadRequest, "UPS-ACC-1000006", err.Error())
	}
	if in.TimeFilter.StartTime != nil {
		w.from = int64(*in.TimeFilter.StartTime)
	}
	if in.TimeFilter.EndTime != nil {
		w.to = int64(*in.TimeFilter.EndTime)
	}
	buf := append(make([]byte, 0, 4096), '{')
	done := map[string]bool{}
	var failed []object
	for _, t := range in.Identities {
		key, err := readTarget(firstOf(t.RelatedEntityID, t.EntityID), firstOf(t.RelatedEntityIDNS.Code, t.EntityIDNS.Code))
		if err != nil {
			return entityError(http.StatusBadRequest, "UPS-ACC-1000002", err.Error())
		}
		var members []*identity
		if n := c.box.find(key); n != nil {
			members = c.box.members(n, w.policy)
		}
		if len(members) > maxIdentities {
			failed = append(failed, object{"xid": makeXID(key), "error": tooMany(len(members))})
			continue
		}
		page := &eventPage{key: makeXID(key), orderby: w.orderby()}
		if members != nil {
			page = c.box.eventPage(members, w, t.Start)
		}
		if done[page.key] {
			continue
		}
		if len(done) > 0 {
			buf = append(buf, ',')
		}
		done[page.key] = true
		buf = append(strconv.AppendQuote(buf, page.key), ':')
		buf = append(c.box.appendPage(buf, page, w), `,"_links":`...)
		buf = append(append(buf, mustJSON(object{"next": nextPayload(in, page)})...), '}')
	}
	if len(failed) > 0 {
		return reply(http.StatusMultiStatus, failed)
	}
	return raw(http.StatusOK, append(buf, '}'))
}

// nextPayload is what to post for the next page of one profile.
func nextPayload(in bulkRequest, page *eventPage) object {
	if page.next == "" {
		return object{"href": ""}
	}
	payload := object{
		"schema": object{"name": eventSchema}, "relatedSchema": object{"name": profileSchema},
		"identities": []object{{"relatedEntityId": page.key, "start": page.next}},
		"orderby":    page.orderby,
	}
	if in.Limit != nil {
		payload["limit"] = *in.Limit
	}
	if len(in.Fields) > 0 {
		payload["fields"] = in.Fields
	}
	if in.MergePolicyID != "" {
		payload["mergePolicyId"] = in.MergePolicyID
	}
	times := object{}
	if in.TimeFilter.StartTime != nil {
		times["startTime"] = *in.TimeFilter.StartTime
	}
	if in.TimeFilter.EndTime != nil {
		times["endTime"] = *in.TimeFilter.EndTime
	}
	if len(times) > 0 {
		payload["timeFilter"] = times
	}
	return object{"href": "/entities", "payload": payload}
}
