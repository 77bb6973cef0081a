package aep

import (
	"slices"
	"sync"
	"time"
)

// sandbox is one sandbox with all that is kept in it. Readers hold mu for
// reading, so that they do not wait for each other; whoever changes anything
// holds it for writing.
type sandbox struct {
	name, title, kind, region, state, id string
	isDefault                            bool
	etag                                 int
	created, modified                    time.Time

	mu         sync.RWMutex
	identities map[identityKey]*identity
	order      []*identity // as they were first seen
	datasets   []*dataset  // a fragment's dataset is an index into it
	batches    []*batch    // likewise
	policies   []*policy
	audiences  []*audience
	attributes []*attribute
	exports    []*exportJob
	systemJobs []*systemJob
	workOrders []*workOrder
	ttls       []*expiration
	sample     *sample
	people     []person // the generated persons, for the control port
}

// person is a generated person under the identity a visitor would type.
type person struct {
	email *identity
	kind  string
}

type identityKey struct {
	ns uint8 // index into namespaces
	id string
}

// identity is a node of the graph with everything stored under it.
type identity struct {
	identityKey
	n           int32 // place in sandbox.order
	fragments   []fragment
	events      []event // ascending by time
	links       []*link
	memberships []membership
}

// fragment is one record of a profile, as one dataset brought it.
type fragment struct {
	dataset, batch uint16
	at             int64       // ms: when the record was ingested
	ids            []*identity // all identities of the record, its primary one first
	body           []byte      // compact JSON object, without the identity map
}

// event is one experience event. Its content is made from seed when it is
// read: see eventBody.
type event struct {
	at             int64 // ms
	seed           uint64
	batch          uint16
	dataset, shape uint8
}

// link says that two identities belong to one person, and where we know it from.
type link struct {
	a, b           *identity
	first, last    int64 // ms
	dataset, batch uint16
}

func (l *link) other(n *identity) *identity {
	if l.a == n {
		return l.b
	}
	return l.a
}

// membership is the state of one audience for an identity.
type membership struct {
	audience uint16
	exited   bool
	at       int64 // ms
}

// dataset is what Catalog knows of a dataset.
type dataset struct {
	id, name, description, table string
	schema                       *schemaRef
	series                       bool // time-series, else record
	managedBy                    string
	profileTags                  []string // tags.unifiedProfile; nil: no tag
	created, updated             int64    // ms
	user                         string
	rows                         int // fragments or events written
	expiry                       int64
}

// enabled reports whether the dataset feeds profiles.
func (d *dataset) enabled() bool {
	return slices.Contains(d.profileTags, "enabled:true") || slices.Contains(d.profileTags, "enabled: true")
}

// batch is what Catalog knows of a batch.
type batch struct {
	id              string
	dataset         int // index
	status          string
	created         int64 // ms
	records, failed int
	failure         string
}

// namespace is an identity namespace of the organisation.
type namespace struct {
	ID          int    `json:"id"`
	Code        string `json:"code"`
	Name        string `json:"name"`
	Status      string `json:"status"`
	Description string `json:"description"`
	IDType      string `json:"idType"`
	Custom      bool   `json:"custom"`
	CreateTime  int64  `json:"createTime"`
	UpdateTime  int64  `json:"updateTime"`
	short       string // as graphs and identity maps write the code
	rank        int    // which identity stands for a person: the lowest
}

// The well-known namespaces and those of the demo's organisation.
const (
	nsCore uint8 = iota
	nsECID
	nsEmail
	nsPhone
	nsAAID
	nsAdCloud
	nsCRM
	nsLoyalty
	nsStore
)

// namespaceOf finds a namespace by code, in any case.
func namespaceOf(code string) (uint8, bool) {
	ns, ok := namespaceCodes[lower(code)]
	return ns, ok
}

// namespaceByID finds a namespace by its number.
func namespaceByID(id int) (uint8, bool) {
	for i := range namespaces {
		if namespaces[i].ID == id {
			return uint8(i), true
		}
	}
	return 0, false
}

// find returns the identity, or nil where nobody ingested it.
func (b *sandbox) find(k identityKey) *identity { return b.identities[k] }

// cluster is the identities linked to n, n's person as a whole, in a fixed
// order: the one that stands for the person first.
func (b *sandbox) cluster(n *identity) []*identity {
	seen := map[*identity]bool{n: true}
	all := []*identity{n}
	for i := 0; i < len(all); i++ {
		for _, l := range all[i].links {
			if o := l.other(all[i]); !seen[o] {
				seen[o] = true
				all = append(all, o)
			}
		}
	}
	slices.SortFunc(all, func(x, y *identity) int {
		if d := namespaces[x.ns].rank - namespaces[y.ns].rank; d != 0 {
			return d
		}
		return int(x.n - y.n)
	})
	return all
}

// datasetByID finds a dataset's index, or -1.
func (b *sandbox) datasetByID(id string) int {
	return slices.IndexFunc(b.datasets, func(d *dataset) bool { return d.id == id })
}
