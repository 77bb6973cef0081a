package apiclient

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

var (
	getQuota        = endpoint{http.MethodGet, "/data/core/hygiene/quota"}
	listWorkOrders  = endpoint{http.MethodGet, "/data/core/hygiene/workorder"}
	listExpirations = endpoint{http.MethodGet, "/data/core/hygiene/ttl"}
)

// Quota is one allowance of the organisation and what is used of it.
type Quota struct {
	Name        string `json:"name"` // changed over time: see Kind
	Description string `json:"description"`
	Consumed    int64  `json:"consumed"`
	Limit       int64  `json:"quota"`
}

// What a quota is of.
const (
	QuotaDaily       = "daily"       // identities deleted in a day, until 00:00 UTC
	QuotaMonthly     = "monthly"     // identities deleted in a month
	QuotaExpirations = "expirations" // datasets waiting for their expiration
)

// Kind tells what the quota is of, by parts of its name; "" for one we do not know.
func (q Quota) Kind() string {
	name := strings.ToLower(q.Name)
	switch {
	case strings.Contains(name, "expiration"):
		return QuotaExpirations
	case strings.Contains(name, "daily") && strings.Contains(name, "delete"):
		return QuotaDaily
	case strings.Contains(name, "monthly") && strings.Contains(name, "delete"):
		return QuotaMonthly
	}
	return ""
}

// Quota returns the allowances of the organisation, of all sandboxes together.
// [ErrNotLicensed] without the entitlement for data hygiene.
//
// Source: Data Hygiene API reference, "Quota".
//
//aep:operation GET /data/core/hygiene/quota
func (s *HygieneService) Quota(ctx context.Context) ([]Quota, error) {
	var in struct {
		Quotas []Quota `json:"quotas"`
	}
	// The reference asks for a content type although nothing is sent.
	err := s.c.get(ctx, &request{endpoint: getQuota, orgWide: true, typed: true}, &in)
	return in.Quotas, err
}

// WorkOrder is a record delete: identities to be removed from one dataset or all.
type WorkOrder struct {
	ID          string          `json:"workorderId"`
	Bundle      string          `json:"bundleId"`
	Action      string          `json:"action"`
	Status      string          `json:"status"`    // received, validated, submitted, ingested, completed, failed; ingested is not the end
	Dataset     string          `json:"datasetId"` // or "ALL"
	DatasetName string          `json:"datasetName"`
	DisplayName string          `json:"displayName"`
	Description string          `json:"description"`
	Operations  int64           `json:"operationCount"` // in no unit that is documented
	CreatedBy   string          `json:"createdBy"`
	Created     time.Time       `json:"createdAt"`
	Updated     time.Time       `json:"updatedAt"`
	Products    []ProductStatus `json:"productStatusDetails"`
}

// ProductStatus is how far one part of the platform has come with a work order.
type ProductStatus struct {
	Name    string    `json:"productName"`
	Status  string    `json:"productStatus"`
	Created time.Time `json:"createdAt"`
}

// WorkOrdersPage is one page of work orders.
type WorkOrdersPage struct {
	Orders []WorkOrder
	Total  int64
	More   bool // there is a page after this one
}

// hygienePage is the most that data hygiene lists at a time.
const hygienePage = 100

// WorkOrders returns one page of at most 100 of the sandbox's work orders, newest
// first. page counts from 0.
//
// Source: Data Hygiene API reference, "Work orders", "List work orders".
//
//aep:operation GET /data/core/hygiene/workorder
func (s *HygieneService) WorkOrders(ctx context.Context, sandbox string, page, limit int) (*WorkOrdersPage, error) {
	q := hygieneQuery(page, limit)
	q.Set("orderBy", "-createdAt")
	var in struct {
		Results []WorkOrder `json:"results"`
		Total   int64       `json:"total"`
		Links   struct {
			Next link `json:"next"`
		} `json:"_links"`
	}
	if err := s.c.get(ctx, &request{endpoint: listWorkOrders, sandbox: sandbox, query: q}, &in); err != nil {
		return nil, err
	}
	return &WorkOrdersPage{in.Results, in.Total, in.Links.Next.Href != "" && len(in.Results) > 0}, nil
}

// Expiration is the date on which a dataset is to be deleted.
type Expiration struct {
	ID          string    `json:"ttlId"`
	Dataset     string    `json:"datasetId"`
	DatasetName string    `json:"datasetName"`
	Sandbox     string    `json:"sandboxName"`
	DisplayName string    `json:"displayName"`
	Description string    `json:"description"`
	Status      string    `json:"status"` // pending, executing, completed, cancelled
	Expiry      time.Time `json:"expiry"`
	Updated     time.Time `json:"updatedAt"`
	UpdatedBy   string    `json:"updatedBy"`
}

// ExpirationsPage is one page of expirations.
type ExpirationsPage struct {
	Expirations []Expiration
	Total       int64
	More        bool // there is a page after this one
}

// Expirations returns one page of at most 100 of the sandbox's dataset expirations.
// page counts from 0.
//
// Source: Data Hygiene API reference, "Dataset expirations", "List dataset expirations".
//
//aep:operation GET /data/core/hygiene/ttl
func (s *HygieneService) Expirations(ctx context.Context, sandbox string, page, limit int) (*ExpirationsPage, error) {
	var in struct {
		Results []Expiration `json:"results"`
		Details []Expiration `json:"ttlDetails"` // its name of old
		Page    int64        `json:"current_page"`
		Pages   int64        `json:"total_pages"`
		Total   int64        `json:"total_count"`
		Records int64        `json:"totalRecords"`
	}
	r := &request{endpoint: listExpirations, sandbox: sandbox, query: hygieneQuery(page, limit)}
	if err := s.c.get(ctx, r, &in); err != nil {
		return nil, err
	}
	all := append(in.Results, in.Details...)
	return &ExpirationsPage{all, max(in.Total, in.Records), in.Page+1 < in.Pages && len(all) > 0}, nil
}

func hygieneQuery(page, limit int) url.Values {
	if limit <= 0 || limit > hygienePage {
		limit = hygienePage
	}
	return url.Values{"page": {strconv.Itoa(max(page, 0))}, "limit": {strconv.Itoa(limit)}}
}
