package apiclient

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

var (
	getEntities  = endpoint{http.MethodGet, "/data/core/ups/access/entities"}
	postEntities = endpoint{http.MethodPost, "/data/core/ups/access/entities"}
)

const (
	profileSchema = "_xdm.context.profile"
	eventSchema   = "_xdm.context.experienceevent"
)

// MaxIdentities is how many identities one look-up may name. The platform
// publishes no limit; this one keeps answers within Config.MaxBody.
const MaxIdentities = 1000

// Identity names a person, or a device, in a namespace.
type Identity struct {
	Namespace string // code, such as "Email" or "ECID"; empty: ID is an XID
	ID        string
}

// Profile is one customer as a merge policy shows them.
type Profile struct {
	XID            string         // the platform's opaque name of the identity that was asked for, or of one linked to it
	MergePolicyID  string         // empty if the platform does not say
	Sources        []string       // ids of the datasets it was merged from
	Tags           []string       // ids of the batches it was merged from
	IdentityGraph  []string       // XIDs of the linked identities, if the platform lists them
	Requested      Identity       // only where the platform repeats it, otherwise zero
	Entity         jsontext.Value // the profile's fields: a JSON object, part of the answer's one buffer; names may repeat
	LastModifiedAt time.Time
}

// Empty reports whether the platform answered with an entry that stands for
// nothing: no fields and no source, usually dated 1970.
func (p Profile) Empty() bool {
	for _, s := range p.Sources {
		if s != "" {
			return false
		}
	}
	return emptyObject(p.Entity)
}

// LookupRequest says which profiles to look up.
type LookupRequest struct {
	Identities         []Identity // 1 to MaxIdentities
	MergePolicyID      string     // empty: the sandbox's default
	Fields             []string   // dot paths; empty: all
	ComputedAttributes bool       // ask for computed attributes expressly; platforms that always send them ignore it
}

// LookupResult is what a look-up found.
type LookupResult struct {
	Profiles []Profile   // in the order of the answer; two identities of one person give one profile, and unknown ones may give an empty one
	Failed   []ItemError // identities that could not be looked up
}

// ItemError is what became of one item of a call for several. Message is the API's
// own and may name a person.
type ItemError struct {
	XID        string
	Status     int
	Message    string
	Err        error         // the sentinel that Status and Message stand for; nil if none
	RetryAfter time.Duration // 0 if unknown
}

type entityNS struct {
	Code string `json:"code"`
}

type entityKey struct {
	ID string    `json:"entityId"`
	NS *entityNS `json:"entityIdNS,omitzero"`
}

type schemaName struct {
	Name string `json:"name"`
}

type lookupBody struct {
	Schema        schemaName  `json:"schema"`
	Fields        []string    `json:"fields,omitempty"`
	Identities    []entityKey `json:"identities"`
	MergePolicyID string      `json:"mergePolicyId,omitempty"`
	WithCA        bool        `json:"withCA,omitzero"`
}

// Lookup looks profiles up by the identities that req names, in the form of the
// call that keeps them out of the URL. It changes nothing and is tried again.
//
// An unknown identity is no error here: the platform leaves it out, or answers
// with a profile that is [Profile.Empty]. Where some items failed they are in
// LookupResult.Failed; where the one identity that was asked for failed, so does
// the call. Besides the errors of every call it fails with
// [ErrTooManyIdentities] (more than 50 identities are linked), [ErrWrongPolicy] and
// [ErrNotLicensed]. The caller owns the result, whose parts share one buffer.
//
// Source: Profile API reference, "Entities", "Access multiple entities".
//
//aep:operation POST /data/core/ups/access/entities
func (s *EntitiesService) Lookup(ctx context.Context, sandbox string, req LookupRequest) (*LookupResult, error) {
	r := &request{endpoint: postEntities, sandbox: sandbox}
	in := lookupBody{Schema: schemaName{profileSchema}, Fields: req.Fields, MergePolicyID: req.MergePolicyID, WithCA: req.ComputedAttributes}
	for _, id := range req.Identities {
		key := entityKey{ID: id.ID}
		if id.Namespace != "" {
			key.NS = &entityNS{id.Namespace}
		}
		in.Identities = append(in.Identities, key)
	}
	if err := checkIdentities(r, req.Identities); err != nil {
		return nil, err
	}
	return s.lookup(ctx, r, in, len(req.Identities) == 1)
}

func (s *EntitiesService) lookup(ctx context.Context, r *request, in any, single bool) (*LookupResult, error) {
	a, err := s.c.post(ctx, r, in)
	if err != nil {
		return nil, err
	}
	res, err := readProfiles(r, a)
	if err != nil {
		return nil, err
	}
	if single && len(res.Profiles) == 0 && len(res.Failed) == 1 {
		return nil, res.Failed[0].asError(r, a)
	}
	return res, nil
}

// GetRequest refines [EntitiesService.Get].
type GetRequest struct {
	MergePolicyID      string   // empty: the sandbox's default
	Fields             []string // dot paths; empty: all
	ComputedAttributes bool     // as in [LookupRequest]
}

// Get looks up one profile in the form of the call that names the person in the
// URL, where proxies and servers on the way may write it down. Prefer
// [EntitiesService.Lookup], unless the platform refuses that. Errors are those of Lookup, and
// [ErrNotFound] for an identity the platform does not know.
//
// Source: Profile API reference, "Entities", "Access an entity".
//
//aep:operation GET /data/core/ups/access/entities
func (s *EntitiesService) Get(ctx context.Context, sandbox string, id Identity, req GetRequest) (*Profile, error) {
	q := url.Values{"schema.name": {profileSchema}, "entityId": {id.ID}}
	set(q, "entityIdNS", id.Namespace)
	set(q, "mergePolicyId", req.MergePolicyID)
	set(q, "fields", strings.Join(req.Fields, ","))
	if req.ComputedAttributes {
		q.Set("withCA", "true")
	}
	r := &request{endpoint: getEntities, sandbox: sandbox, query: q}
	if err := checkIdentities(r, []Identity{id}); err != nil {
		return nil, err
	}
	a, err := s.c.read(ctx, r)
	if err != nil {
		return nil, err
	}
	res, err := readProfiles(r, a)
	if err != nil {
		return nil, err
	}
	switch {
	case len(res.Profiles) > 0:
		return &res.Profiles[0], nil
	case len(res.Failed) > 0:
		return nil, res.Failed[0].asError(r, a)
	}
	return nil, &Error{Op: r.op(), Status: a.status, RequestID: a.requestID, Err: ErrNotFound}
}

// asError makes the failure of the only item one of the call.
func (i ItemError) asError(r *request, a *answer) error {
	return &Error{Op: r.op(), Status: i.Status, RequestID: a.requestID, Message: i.Message, Err: i.Err, RetryAfter: i.RetryAfter}
}

// checkIdentities refuses what the platform cannot be asked.
func checkIdentities(r *request, ids []Identity) error {
	if err := r.check(); err != nil {
		return &Error{Op: r.op(), Err: err}
	}
	if len(ids) == 0 || len(ids) > MaxIdentities {
		return &Error{Op: r.op(), Err: fmt.Errorf("%w: %d identities", ErrBadArgument, len(ids))}
	}
	for i, id := range ids {
		if id.ID == "" {
			return &Error{Op: r.op(), Err: fmt.Errorf("%w: identity %s is empty", ErrBadArgument, strconv.Itoa(i))}
		}
	}
	return nil
}

// post makes a read whose question is a body.
func (c *Client) post(ctx context.Context, r *request, in any) (*answer, error) {
	b, err := json.Marshal(in)
	if err != nil {
		return nil, &Error{Op: r.op(), Err: &quiet{is: ErrBadArgument, what: "not valid UTF-8"}}
	}
	r.body = b
	return c.read(ctx, r)
}

// set sets a query parameter that has a value.
func set(q url.Values, key, value string) {
	if value != "" {
		q.Set(key, value)
	}
}
