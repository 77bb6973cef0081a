package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"
)

var (
	getPreview          = endpoint{http.MethodGet, "/data/core/ups/previewsamplestatus"}
	getDatasetReport    = endpoint{http.MethodGet, "/data/core/ups/previewsamplestatus/report/dataset"}
	getNamespaceReport  = endpoint{http.MethodGet, "/data/core/ups/previewsamplestatus/report/namespace"}
	getDatasetOverlap   = endpoint{http.MethodGet, "/data/core/ups/previewsamplestatus/report/dataset/overlap"}
	getNamespaceOverlap = endpoint{http.MethodGet, "/data/core/ups/previewsamplestatus/report/namespace/overlap"}
	getUnknownProfiles  = endpoint{http.MethodGet, "/data/core/ups/previewsamplestatus/report/unknownProfiles"}
)

// PreviewStatus is the state of the profile store as of its last sample, which may
// be old: show SampledAt beside every number.
type PreviewStatus struct {
	Profiles  int64 // merged profiles
	Sampled   int64 // of them, in the sample
	Documents int64 // 0 if the platform does not say
	Fragments int64
	Ratio     float64 // Sampled / Profiles
	Strategy  string
	Status    string // of the last sample; "TASK_FINISHED" when it is complete
	Running   bool   // a new sample is being taken
	SampledAt time.Time
}

// Status returns the counts of the last sample.
//
// Source: Profile API reference, "Preview sample status", "View last sample status".
//
//aep:operation GET /data/core/ups/previewsamplestatus
func (s *PreviewsService) Status(ctx context.Context, sandbox string) (*PreviewStatus, error) {
	var in struct {
		Total     int64   `json:"totalRows"`
		Read      int64   `json:"numRowsToRead"`
		Docs      int64   `json:"docCount"`
		Cosmos    int64   `json:"cosmosDocCount"` // its name of old
		Fragments int64   `json:"totalFragmentCount"`
		Ratio     float64 `json:"samplingRatio"`
		Strategy  string  `json:"mergeStrategy"`
		Status    string  `json:"status"`
		Running   struct {
			Status bool `json:"status"`
		} `json:"sampleJobRunning"`
		At time.Time `json:"lastSampledTimestamp"`
	}
	if err := s.c.get(ctx, &request{endpoint: getPreview, sandbox: sandbox}, &in); err != nil {
		return nil, err
	}
	return &PreviewStatus{
		Profiles: in.Total, Sampled: in.Read, Documents: max(in.Docs, in.Cosmos), Fragments: in.Fragments, Ratio: in.Ratio,
		Strategy: in.Strategy, Status: in.Status, Running: in.Running.Status, SampledAt: in.At,
	}, nil
}

// Report says how many profiles each dataset, or namespace, has part in. Rows
// overlap and do not add up.
type Report struct {
	Rows []ReportRow
	At   time.Time // when the sample was taken
}

// ReportRow is one dataset, or one namespace, of a report. Shares are fractions of
// 1, not percent.
type ReportRow struct {
	Value       string `json:"value"` // dataset id, or the namespace's number
	Name        string `json:"name"`  // of a dataset
	Code        string `json:"code"`  // of a namespace
	Description string `json:"description"`

	Profiles     int64     `json:"fullIDsCount"` // merged profiles with at least one fragment from it
	ProfileShare float64   `json:"fullIDsPercentage"`
	Fragments    int64     `json:"fullIDsFragmentCount"`
	Sampled      int64     `json:"sampleCount"`
	SampleShare  float64   `json:"samplePercentage"`
	Streaming    bool      `json:"streamingIngestionEnabled"`
	CreatedBy    string    `json:"createdUser"`
	ReportedAt   time.Time `json:"reportTimestamp"`
}

// Datasets reports by dataset. day is the day of the report; zero is the latest.
// [ErrNotFound] means that no report was made that day.
//
// Source: Profile API reference, "Preview sample status", "Distribution by dataset".
//
//aep:operation GET /data/core/ups/previewsamplestatus/report/dataset
func (s *PreviewsService) Datasets(ctx context.Context, sandbox string, day time.Time) (*Report, error) {
	return s.report(ctx, getDatasetReport, sandbox, day)
}

// Namespaces reports by namespace; day as for [PreviewsService.Datasets].
//
// Source: Profile API reference, "Preview sample status", "Distribution by namespace".
//
//aep:operation GET /data/core/ups/previewsamplestatus/report/namespace
func (s *PreviewsService) Namespaces(ctx context.Context, sandbox string, day time.Time) (*Report, error) {
	return s.report(ctx, getNamespaceReport, sandbox, day)
}

func (s *PreviewsService) report(ctx context.Context, e endpoint, sandbox string, day time.Time) (*Report, error) {
	var in struct {
		Data []ReportRow `json:"data"`
		At   time.Time   `json:"reportTimestamp"`
	}
	if err := s.c.get(ctx, &request{endpoint: e, sandbox: sandbox, query: on(day)}, &in); err != nil {
		return nil, err
	}
	return &Report{in.Data, in.At}, nil
}

// on is the query for a report of that day.
func on(day time.Time) url.Values {
	if day.IsZero() {
		return nil
	}
	return url.Values{"date": {day.UTC().Format(time.DateOnly)}}
}

// Overlap counts profiles by the exact combination of datasets, or namespaces,
// that they are made of. Combinations are disjoint and add up.
type Overlap struct {
	Sets []OverlapSet
	At   time.Time
}

// OverlapSet is one combination.
type OverlapSet struct {
	Of       []string // dataset ids, or namespace codes
	Profiles int64    // made of exactly these
}

// DatasetOverlap counts profiles by combination of datasets; day as for
// [PreviewsService.Datasets].
//
// Source: Profile API reference, "Preview sample status", "Dataset overlap report".
//
//aep:operation GET /data/core/ups/previewsamplestatus/report/dataset/overlap
func (s *PreviewsService) DatasetOverlap(ctx context.Context, sandbox string, day time.Time) (*Overlap, error) {
	return s.overlap(ctx, getDatasetOverlap, sandbox, day)
}

// NamespaceOverlap counts profiles by combination of namespaces; day as for
// [PreviewsService.Datasets].
//
// Source: Profile API reference, "Preview sample status", "Namespace overlap report".
//
//aep:operation GET /data/core/ups/previewsamplestatus/report/namespace/overlap
func (s *PreviewsService) NamespaceOverlap(ctx context.Context, sandbox string, day time.Time) (*Overlap, error) {
	return s.overlap(ctx, getNamespaceOverlap, sandbox, day)
}

func (s *PreviewsService) overlap(ctx context.Context, e endpoint, sandbox string, day time.Time) (*Overlap, error) {
	var in struct {
		Data map[string]int64 `json:"data"`
		At   time.Time        `json:"reportTimestamp"`
	}
	if err := s.c.get(ctx, &request{endpoint: e, sandbox: sandbox, query: on(day)}, &in); err != nil {
		return nil, err
	}
	o := &Overlap{At: in.At}
	for _, key := range sorted(in.Data) {
		o.Sets = append(o.Sets, OverlapSet{strings.Split(key, ","), in.Data[key]})
	}
	return o, nil
}

// UnknownProfiles counts profiles of one single fragment that had no new event for
// a while.
type UnknownProfiles struct {
	Profiles int64 // all of them: the addressable audience
	Events   int64
	Periods  []UnknownPeriod // shortest first
	At       time.Time
}

// UnknownPeriod counts the unknown profiles of one period.
type UnknownPeriod struct {
	Days       int
	Profiles   int64
	Events     int64
	Namespaces map[string]int64 // profiles by namespace code
}

// Unknown returns the report of unknown profiles.
//
// Source: Profile API reference, "Preview sample status", "Unknown profiles report".
//
//aep:operation GET /data/core/ups/previewsamplestatus/report/unknownProfiles
func (s *PreviewsService) Unknown(ctx context.Context, sandbox string) (*UnknownProfiles, error) {
	type count struct {
		Profiles int64 `json:"countOfProfiles"`
		Events   int64 `json:"eventsAssociated"`
	}
	type period struct {
		Profiles int64            `json:"countOfProfiles"`
		Events   int64            `json:"eventsAssociated"`
		Spaces   map[string]count `json:"nsDistribution"`
	}
	var in struct {
		Data struct {
			Profiles int64             `json:"totalNumberOfProfiles"`
			Events   int64             `json:"totalNumberOfEvents"`
			Unknown  map[string]period `json:"unknownProfiles"`
		} `json:"data"`
		At time.Time `json:"reportTimestamp"`
	}
	if err := s.c.get(ctx, &request{endpoint: getUnknownProfiles, sandbox: sandbox}, &in); err != nil {
		return nil, err
	}
	u := &UnknownProfiles{Profiles: in.Data.Profiles, Events: in.Data.Events, At: in.At}
	for _, days := range []int{7, 30, 60, 90, 120} {
		p, ok := in.Data.Unknown[daysKey(days)]
		if !ok {
			continue
		}
		spaces := map[string]int64{}
		for code, n := range p.Spaces {
			spaces[code] = n.Profiles
		}
		u.Periods = append(u.Periods, UnknownPeriod{days, p.Profiles, p.Events, spaces})
	}
	return u, nil
}
