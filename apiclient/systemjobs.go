package apiclient

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

var listSystemJobs = endpoint{http.MethodGet, "/data/core/ups/system/jobs"}

// SystemJob is the removal of a dataset or a batch from the profile store. The
// platform speaks two dialects, by where it is deployed; both are read.
type SystemJob struct {
	ID      string
	Kind    string // "DELETE", or TRUNCATE_DATASET, DELETE_EE_BATCH, BACKFILL_TTL
	Dataset string // one of the two
	Batch   string
	Status  string // NEW, PROCESSING, COMPLETED, ERROR, or NEW, IN-PROGRESS, SUCCESS, ERROR, FAILED
	Sandbox string // name, if the platform says it
	Created time.Time
	Updated time.Time
	Records int64 // processed; 0 until known
}

type systemJobWire struct {
	ID          string `json:"id"`
	RequestID   string `json:"requestId"`
	JobType     string `json:"jobType"`
	RequestType string `json:"requestType"`
	Status      string `json:"status"`
	Dataset     string `json:"dataSetId"`
	Batch       string `json:"batchId"`
	Properties  struct {
		Dataset string `json:"datasetId"`
		Batch   string `json:"batchId"`
	} `json:"properties"`
	Sandbox struct {
		Name string `json:"sandboxName"`
	} `json:"sandbox"`
	Metrics     string    `json:"metrics"` // JSON, inside a text
	CreateEpoch time.Time `json:"createEpoch"`
	UpdateEpoch time.Time `json:"updateEpoch"`
	CreatedAt   time.Time `json:"createdAt"`
	UpdatedAt   time.Time `json:"updatedAt"`
}

func (w systemJobWire) job() SystemJob {
	j := SystemJob{
		ID: first(w.ID, w.RequestID), Kind: first(w.RequestType, w.JobType), Status: w.Status,
		Dataset: first(w.Dataset, w.Properties.Dataset), Batch: first(w.Batch, w.Properties.Batch), Sandbox: w.Sandbox.Name,
		Created: firstTime(w.CreateEpoch, w.CreatedAt), Updated: firstTime(w.UpdateEpoch, w.UpdatedAt),
	}
	if v := jsontext.Value(w.Metrics); v.Kind() == '{' {
		eachMember(v, func(key string, v jsontext.Value) {
			if key == "recordsProcessed" {
				j.Records, _ = strconv.ParseInt(string(v), 10, 64)
			}
		})
	}
	return j
}

// SystemJobsPage is one page of system jobs.
type SystemJobsPage struct {
	Jobs []SystemJob
	More bool // there is a page after this one
}

// List returns one page of system jobs, the platform's order kept: page counts from 0.
//
// Where the platform is deployed on AWS it wants the sandbox by id as well, and
// pages nothing: all jobs are on page 0. That is found out by a 400; the id comes
// from a merge policy.
//
// Source: Profile API reference, "Profile system jobs", "View system jobs".
//
//aep:operation GET /data/core/ups/system/jobs
func (s *SystemJobsService) List(ctx context.Context, sandbox string, page, limit int) (*SystemJobsPage, error) {
	q := url.Values{"page": {strconv.Itoa(max(page, 0))}, "limit": {strconv.Itoa(max(limit, 1))}}
	r := &request{endpoint: listSystemJobs, sandbox: sandbox, query: q}
	if id, ok := s.c.byID.Load(sandbox); ok {
		return s.byID(ctx, r, id.(string), page)
	}
	a, err := s.c.read(ctx, r)
	if err == nil {
		return readSystemJobs(r, a)
	}
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusBadRequest {
		return nil, err
	}
	id := s.sandboxID(ctx, sandbox)
	if id == "" {
		return nil, err
	}
	p, errByID := s.byID(ctx, r, id, page)
	if errByID != nil {
		return nil, err // the first one tells more: this was a guess
	}
	s.c.byID.Store(sandbox, id)
	return p, nil
}

// byID asks as the deployment on AWS wants it.
func (s *SystemJobsService) byID(ctx context.Context, r *request, id string, page int) (*SystemJobsPage, error) {
	if page > 0 {
		return &SystemJobsPage{}, nil
	}
	r.query, r.sandboxID = nil, id
	a, err := s.c.read(ctx, r)
	if err != nil {
		return nil, err
	}
	p, err := readSystemJobs(r, a)
	if p != nil {
		p.More = false
	}
	return p, err
}

// sandboxID finds the id of a sandbox in one of its merge policies, or "".
func (s *SystemJobsService) sandboxID(ctx context.Context, sandbox string) string {
	policies, _ := s.c.MergePolicies.List(ctx, sandbox) // without them there is no id
	for _, p := range policies {
		if p.SandboxID != "" && visible(p.SandboxID) {
			return p.SandboxID
		}
	}
	return ""
}

func readSystemJobs(r *request, a *answer) (*SystemJobsPage, error) {
	var err error
	var in struct {
		Children []systemJobWire `json:"children"`
		Page     struct {
			Next string `json:"next"`
		} `json:"_page"`
	}
	if jsontext.Value(bytes.TrimSpace(a.body)).Kind() == '[' { // no page around it
		err = decode(r, a, &in.Children)
	} else {
		err = decode(r, a, &in)
	}
	if err != nil {
		return nil, err
	}
	p := &SystemJobsPage{More: in.Page.Next != "" && len(in.Children) > 0}
	for _, w := range in.Children {
		p.Jobs = append(p.Jobs, w.job())
	}
	return p, nil
}
