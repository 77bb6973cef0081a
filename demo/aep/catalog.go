package aep

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// record is one Catalog object under its id, which stands only in the key.
type record struct {
	id     string
	fields object
}

func (b *sandbox) datasetRecord(c *call, i int) record {
	d := b.datasets[i]
	tags := object{"adobe/pqs/table": []string{d.table}, "adobe/siphon/table/format": []string{"parquet"}}
	if d.profileTags != nil {
		tags["unifiedProfile"] = d.profileTags
		tags["unifiedIdentity"] = []string{"enabled:" + strconv.FormatBool(d.enabled())}
	}
	if d.expiry > 0 {
		tags["adobe/hygiene/ttl"] = []string{strconv.FormatInt(d.expiry, 10)}
	}
	behaviour := "record"
	if d.series {
		behaviour = "time-series"
	}
	metrics := object{"metrics": object{"rowCount": d.rows, "storageSize": d.rows * 612}}
	f := object{
		"name": d.name, "description": d.description, "imsOrg": c.s.credentials.OrgID, "sandboxId": b.id, "tags": tags,
		"schemaRef":       object{"id": d.schema.id, "contentType": "application/vnd.adobe.xed+json;version=1"},
		"classification":  object{"dataBehavior": behaviour, "managedBy": d.managedBy},
		"fileDescription": object{"format": "parquet", "containerFormat": "parquet", "persisted": true},
		"files":           "@/dataSetFiles?dataSetId=" + d.id, "viewId": d.id[:23] + "f",
		"version": "1.0.7", "created": d.created, "updated": d.updated, "createdUser": d.user, "updatedUser": d.user, "createdClient": "acp_ui_platform",
		"extensions": object{"adobe_lakeHouse": metrics},
	}
	if d.enabled() {
		f["extensions"] = object{"adobe_lakeHouse": metrics, "adobe_unifiedProfile": metrics}
	}
	b.lastOf(i, f)
	return record{d.id, f}
}

// lastOf adds what the newest batches of a dataset were.
func (b *sandbox) lastOf(dataset int, f object) {
	newest := map[string]*batch{}
	for _, x := range b.batches {
		if x.dataset != dataset {
			continue
		}
		for _, kind := range []string{"any", x.status} {
			if newest[kind] == nil || newest[kind].created < x.created {
				newest[kind] = x
			}
		}
	}
	if x := newest["any"]; x != nil {
		f["lastBatchId"], f["lastBatchStatus"] = x.id, x.status
	}
	if x := newest["success"]; x != nil {
		f["lastSuccessfulBatch"] = x.id
	}
	if x := newest["failed"]; x != nil {
		f["lastFailedBatch"] = x.id
	}
}

func (b *sandbox) batchRecord(c *call, x *batch) record {
	started, ended := x.created+10_000, x.created+90_000
	f := object{
		"imsOrg": c.s.credentials.OrgID, "sandboxId": b.id, "status": x.status, "created": x.created, "updated": x.created + 100_000,
		"started": started, "relatedObjects": []object{{"type": "dataSet", "id": b.datasets[x.dataset].id}},
		"externalId": x.id, "recordCount": x.records, "failedRecordCount": x.failed, "size": x.records * 158,
		"metrics": object{"recordsRead": x.records + x.failed, "recordsWritten": x.records, "recordsFailed": x.failed, "startTime": started, "endTime": ended},
		"errors":  []object{}, "inputFormat": object{"format": "parquet"}, "version": "1.0.2", "tags": object{}, "createdUser": operator,
	}
	if x.failure != "" {
		f["errors"] = []object{{"code": x.failure, "description": "Records could not be read", "rows": []string{"3"}}}
	}
	if x.status != "processing" {
		f["completed"] = ended
	}
	return record{x.id, f}
}

func (c *call) listDatasets() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	var all []record
	for i := range c.box.datasets {
		all = append(all, c.box.datasetRecord(c, i))
	}
	return c.catalogPage(all, datasetFilters)
}

func (c *call) oneDataset() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	i := c.box.datasetByID(c.params[0])
	if i < 0 {
		return catalogError(http.StatusNotFound, "NotFoundError", "The dataset does not exist")
	}
	return c.catalogOne(c.box.datasetRecord(c, i))
}

func (c *call) listBatches() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	var all []record
	for _, x := range c.box.batches {
		all = append(all, c.box.batchRecord(c, x))
	}
	return c.catalogPage(all, batchFilters)
}

func (c *call) oneBatch() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	for _, x := range c.box.batches {
		if x.id == c.params[0] {
			return c.catalogOne(c.box.batchRecord(c, x))
		}
	}
	return catalogError(http.StatusNotFound, "NotFoundError", "The batch does not exist")
}

// lastBatches is a map from dataset to what its newest batches were.
func (c *call) lastBatches() answer {
	c.box.mu.RLock()
	defer c.box.mu.RUnlock()
	var all []record
	for i, d := range c.box.datasets {
		f := object{}
		c.box.lastOf(i, f)
		if f["lastBatchId"] == nil {
			continue
		}
		out := object{
			"lastBatchId": f["lastBatchId"], "lastBatchStatus": f["lastBatchStatus"], "dataSetId": d.id,
			"imsOrg": c.s.credentials.OrgID, "sandboxId": c.box.id, "created": d.created, "updated": d.updated,
		}
		for from, to := range map[string]string{"lastSuccessfulBatch": "lastSuccessfulBatchId", "lastFailedBatch": "lastFailedBatchId"} {
			if f[from] != nil {
				out[to] = f[from]
			}
		}
		all = append(all, record{d.id, out})
	}
	return c.catalogPage(all, lastBatchFilters)
}

// catalogOne answers a map with one key.
func (c *call) catalogOne(r record) answer {
	return reply(http.StatusOK, object{r.id: c.chosen(r.fields)})
}

// chosen keeps the top-level properties that the caller named.
func (c *call) chosen(fields object) object {
	names := splitList(c.query.Get("properties"))
	if len(names) == 0 {
		return fields
	}
	out := object{}
	for _, name := range names {
		if v, ok := fields[name]; ok {
			out[name] = v
		}
	}
	return out
}

// catalogMap writes records as a map that keeps their order.
func (c *call) catalogMap(list []record) answer {
	buf := []byte{'{'}
	for i, r := range list {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(strconv.AppendQuote(buf, r.id), ':')
		text, err := json.Marshal(c.chosen(r.fields))
		if err != nil {
			return catalogError(http.StatusInternalServerError, "InternalError", "the object cannot be written")
		}
		buf = append(buf, text...)
	}
	return raw(http.StatusOK, append(buf, '}'))
}
