package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

var listExportJobs = endpoint{http.MethodGet, "/data/core/ups/export/jobs"}

// ExportJob is one export of profiles into a dataset.
type ExportJob struct {
	ID            string
	Status        string // NEW, PROCESSING, SUCCEEDED, FAILED, …
	Dataset       string // where it writes
	Batch         string // what it wrote; empty until then, and with one batch for each audience
	MergePolicyID string
	Fields        string // comma-separated paths; empty: all
	Audiences     []string
	Profiles      int64 // exported; 0 until known
	Errors        []JobError
	Created       time.Time
	Updated       time.Time
}

// JobError is a failure that a job reports. Its text is the platform's own.
type JobError struct {
	Code    string `json:"code"`
	Message string `json:"msg"`
}

type exportWire struct {
	ID          string `json:"id"`
	Status      string `json:"status"`
	Fields      string `json:"fields"`
	Destination struct {
		Dataset string `json:"datasetId"`
		Batch   string `json:"batchId"`
	} `json:"destination"`
	MergePolicy struct {
		ID string `json:"id"`
	} `json:"mergePolicy"`
	Filter struct {
		Segments []struct {
			ID string `json:"segmentId"`
		} `json:"segments"`
	} `json:"filter"`
	Metrics struct {
		Profiles int64 `json:"totalExportedProfileCounter"`
	} `json:"metrics"`
	Errors []JobError `json:"errors"`
	stamp
}

func (w exportWire) job() ExportJob {
	j := ExportJob{
		ID: w.ID, Status: w.Status, Dataset: w.Destination.Dataset, Batch: w.Destination.Batch, MergePolicyID: w.MergePolicy.ID,
		Fields: w.Fields, Profiles: w.Metrics.Profiles, Errors: w.Errors, Created: w.created(), Updated: w.updated(),
	}
	for _, s := range w.Filter.Segments {
		j.Audiences = append(j.Audiences, s.ID)
	}
	return j
}

// ExportJobsPage is one page of export jobs.
type ExportJobsPage struct {
	Jobs []ExportJob
	Next string // for the next call; empty on the last page
}

// List returns one page of export jobs, newest first; next is "" for the first.
//
// Source: Segmentation API reference, "Export jobs", "List export jobs".
//
//aep:operation GET /data/core/ups/export/jobs
func (s *ExportJobsService) List(ctx context.Context, sandbox, next string, limit int) (*ExportJobsPage, error) {
	q := url.Values{"limit": {strconv.Itoa(max(limit, 1))}}
	set(q, "offset", next)
	var in struct {
		Records []exportWire `json:"records"`
		Link    struct {
			Next string `json:"next"`
		} `json:"link"`
	}
	if err := s.c.get(ctx, &request{endpoint: listExportJobs, sandbox: sandbox, query: q}, &in); err != nil {
		return nil, err
	}
	p := &ExportJobsPage{}
	for _, w := range in.Records {
		p.Jobs = append(p.Jobs, w.job())
	}
	if token := queryOf(in.Link.Next).Get("offset"); token != next && len(p.Jobs) > 0 {
		p.Next = token
	}
	return p, nil
}
