package aep

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// exportJob is one export of profiles into a dataset.
type exportJob struct {
	id             int
	status         string
	fields         string
	policy, target string
	audience       *audience // nil: all profiles
	batch          string
	profiles       int
	created, ended int64 // ms; ended 0: still under way
	failure        string
}

func (j *exportJob) describe(c *call) object {
	id := any(j.id)
	if c.sw.ExportIDs == "string" {
		id = strconv.Itoa(j.id)
	}
	updated := max(j.created, j.ended)
	o := object{
		"id": id, "jobType": "BATCH", "profileInstanceId": "ups", "status": j.status, "requestId": fmt.Sprintf("rq%06d", j.id), "imsOrgId": c.s.credentials.OrgID,
		"fields": j.fields, "schema": object{"name": profileSchema}, "mergePolicy": object{"id": j.policy, "version": 1}, "filter": object{},
		"destination": object{"datasetId": j.target, "segmentPerBatch": false, "batchId": j.batch},
		"metrics":     object{}, "computeGatewayJobId": object{"exportJob": "cg-" + strconv.Itoa(j.id), "pushJob": ""},
		"errors": []object{}, "creationTime": j.created, "updateTime": updated,
	}
	if j.audience != nil {
		o["filter"] = object{"segments": []object{{"segmentId": j.audience.id, "segmentNs": "ups", "status": []string{"realized"}}}}
	}
	if j.status == "SUCCEEDED" {
		span := func(from, to int64) object {
			return object{"startTimeInMs": from, "endTimeInMs": to, "totalTimeInMs": to - from}
		}
		third := (j.ended - j.created) / 3
		o["metrics"] = object{
			"totalTime": span(j.created, j.ended), "profileExportTime": span(j.created+third/2, j.created+2*third), "aCPDatasetWriteTime": span(j.created+2*third, j.ended),
			"totalExportedProfileCounter": j.profiles, "exportedProfileByNamespaceCounter": object{"email": j.profiles, "ecid": j.profiles * 3 / 4},
		}
	}
	if j.failure != "" {
		o["errors"] = []object{{"code": "UPEXP-2031-500", "msg": j.failure, "callStack": ""}}
	}
	return o
}

// listExports is GET /export/jobs, newest first. The keys have no underscore,
// link.next is a plain string.
func (c *call) listExports() answer {
	limit, ok := countParam(c.query, "limit", 10, 1, 1000)
	if !ok {
		return c.upsError(http.StatusBadRequest, "UPAPI-150001-400", "limit must be a number above zero")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	list := slices.Clone(c.box.exports)
	slices.SortStableFunc(list, func(x, y *exportJob) int { return int(y.created/1000 - x.created/1000) })
	if want := c.query.Get("status"); want != "" {
		list = slices.DeleteFunc(list, func(j *exportJob) bool { return j.status != want })
	}
	from := 0
	if token := c.query.Get("offset"); token != "" && token != "0" {
		from = slices.IndexFunc(list, func(j *exportJob) bool { return j.cursor() == token }) + 1
		if from == 0 {
			from = len(list)
		}
	}
	page := window(list, from, limit)
	records, next, last := []object{}, "", ""
	for _, j := range page {
		records = append(records, j.describe(c))
		last = j.cursor()
	}
	if from+len(page) < len(list) {
		next = fmt.Sprintf("/export/jobs/?limit=%d&offset=%s", limit, last)
	}
	return reply(http.StatusOK, object{
		"records": records, "link": object{"next": next},
		"page": object{"sortField": "createdTime", "sort": "desc", "pageOffset": last, "pageSize": limit},
	})
}

func (j *exportJob) cursor() string { return fmt.Sprintf("%d_%d", j.created, j.id) }

func (c *call) oneExport() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, j := range c.box.exports {
		if strconv.Itoa(j.id) == c.params[0] {
			return reply(http.StatusOK, j.describe(c))
		}
	}
	return c.upsError(http.StatusNotFound, "UPAPI-150002-404", "The export job does not exist")
}

// systemJob deletes a dataset's or a batch's data from the profile store.
type systemJob struct {
	id, dataset, batch string
	done, failed       bool
	records            int
	created, updated   time.Time
}

func (j *systemJob) describe(c *call) object {
	if c.sw.SystemJobs == "aws" {
		kind, target := "TRUNCATE_DATASET", object{"datasetId": j.dataset}
		if j.batch != "" {
			kind, target["batchId"] = "DELETE_EE_BATCH", j.batch
		}
		layout := "2006-01-02T15:04:05.000000Z"
		return object{
			"requestId": j.id, "requestType": kind, "imsOrgId": c.s.credentials.OrgID, "sandbox": object{"sandboxName": c.box.name, "sandboxId": c.box.id},
			"status": j.word("IN-PROGRESS", "SUCCESS"), "properties": target, "createdAt": j.created.UTC().Format(layout), "updatedAt": j.updated.UTC().Format(layout),
		}
	}
	o := object{
		"id": j.id, "imsOrgId": c.s.credentials.OrgID, "jobType": "DELETE", "status": j.word("PROCESSING", "COMPLETED"),
		"metrics":     fmt.Sprintf(`{"recordsProcessed":%d,"timeTakenInSec":%d}`, j.records, int(j.updated.Sub(j.created).Seconds())),
		"createEpoch": j.created.Unix(), "updateEpoch": j.updated.Unix(),
	}
	if j.batch != "" {
		o["batchId"] = j.batch
	} else {
		o["dataSetId"] = j.dataset
	}
	return o
}

func (j *systemJob) word(running, done string) string {
	switch {
	case j.failed:
		return "ERROR"
	case j.done:
		return done
	}
	return running
}

// listSystemJobs is GET /system/jobs in the words of either deployment.
func (c *call) listSystemJobs() answer {
	if c.sw.SystemJobs == "aws" && c.r.Header.Get("x-sandbox-id") == "" {
		return c.upsError(http.StatusBadRequest, "UPAPI-160001-400", "The header x-sandbox-id is required")
	}
	limit, ok1 := countParam(c.query, "limit", 100, 1, 1000)
	start, ok2 := countParam(c.query, "start", 0, 0, 1<<20)
	page, ok3 := countParam(c.query, "page", start, 0, 1<<20)
	if !ok1 || !ok2 || !ok3 {
		return c.upsError(http.StatusBadRequest, "UPAPI-160002-400", "limit, start and page must be numbers")
	}
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	list := slices.Clone(c.box.systemJobs)
	if c.sw.ListOrder == "desc" {
		slices.Reverse(list)
	}
	children := []object{}
	for _, j := range window(list, page*limit, limit) {
		children = append(children, j.describe(c))
	}
	more := (page+1)*limit < len(list)
	if c.sw.SystemJobs == "aws" {
		info := object{"pageSize": limit, "start": strconv.Itoa(page), "totalCount": len(list)}
		if more {
			info["next"] = page + 1
		}
		return reply(http.StatusOK, object{"_page": info, "children": children})
	}
	info := object{"count": len(children)}
	if more {
		info["next"] = writeOffset((page + 1) * limit)
	}
	return reply(http.StatusOK, object{"_page": info, "children": children})
}

func (c *call) oneSystemJob() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, j := range c.box.systemJobs {
		if j.id == c.params[0] {
			return reply(http.StatusOK, j.describe(c))
		}
	}
	return c.upsError(http.StatusNotFound, "UPAPI-160003-404", "The job does not exist")
}
