package lookup

import (
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"profiledesk/apiclient"
)

const (
	// MaxIdentities is how many identities may be linked to a profile: with one
	// more the platform shows it no longer.
	MaxIdentities = 50
	// NearLimit is how many linked identities are worth a warning.
	NearLimit = 45
	// sideWait is how long the page waits for what only decorates it: names of
	// datasets and policies, titles. It is fetched on, for the next one.
	sideWait = 2 * time.Second
)

// View says how a profile is opened.
type View struct {
	Policy string // id of a merge policy; empty: the handle's own
	CSV    bool   // as a file: on record under the right export.run
}

// Customer is a profile that was opened for one page, masks laid over it.
type Customer struct {
	Handle  string
	Sandbox string
	Outcome Outcome       // Found, or what became of the profile since it was looked up
	Wait    time.Duration // of Throttled
	Err     error         // cause where Outcome is neither Found nor Empty, for the log

	Name          string   // what the person is called; empty where that is unknown or masked
	Identity      Identity // by which the profile was looked up
	IdentityCount int
	NearLimit     bool // of linked identities
	Namespaces    []NamespaceCount
	LastModified  time.Time // zero if unknown
	Policy        Policy    // by which the profile was merged
	Datasets      []Named   // from which it was merged
	Size          int       // bytes of JSON
	Parts         []Part    // what could not be fetched

	entity jsontext.Value
	facts  *facts
	masks  []*maskNode
	schema *Schema

	evaluated map[string]time.Time // by name of the computed attribute
}

// Identity is one identity as it may be shown.
type Identity struct {
	Namespace string
	ID        string // empty where Masked
	Masked    bool
}

// NamespaceCount is how many identities of a namespace are linked.
type NamespaceCount struct {
	Namespace string
	Count     int
}

// Named is something of the platform's with an id; Name is empty where the
// platform's list does not have it.
type Named struct{ ID, Name string }

// Policy is a merge policy. ID is empty where the platform does not say which
// one it took.
type Policy struct {
	ID, Name string
	Default  bool
	OnEdge   bool
	Stitched bool   // linked identities make one profile
	Merge    string // "timestampOrdered" or "dataSetPrecedence"
	Updated  time.Time
}

// Part is a part of a page that failed. Key is its word key.
type Part struct {
	Key string
	Err error // for the log: it names nobody
}

// header states what the page says above the rows.
func (c *Customer) header(id apiclient.Identity, p apiclient.Profile) {
	c.Identity = Identity{Namespace: namespaceOf(id), ID: id.ID}
	var buf buffers
	if c.facts.hidden.hasText(id.ID, &buf) || c.hides(id) {
		c.Identity.ID, c.Identity.Masked = "", true
	}
	c.Name = c.facts.name
	c.LastModified = p.LastModifiedAt
	c.IdentityCount = max(len(c.facts.identities), len(p.IdentityGraph))
	c.NearLimit = c.IdentityCount >= NearLimit
	for _, one := range c.facts.identities {
		i := slices.IndexFunc(c.Namespaces, func(n NamespaceCount) bool { return strings.EqualFold(n.Namespace, one.Namespace) })
		if i < 0 {
			c.Namespaces = append(c.Namespaces, NamespaceCount{one.Namespace, 1})
		} else {
			c.Namespaces[i].Count++
		}
	}
}

// hides tells whether a mask hides the identities of that namespace as such.
func (c *Customer) hides(id apiclient.Identity) bool {
	at, gone := into(c.masks, []byte("identityMap"))
	if !gone {
		at, gone = into(at, []byte(id.Namespace))
	}
	if !gone {
		_, gone = into(at, []byte("id"))
	}
	return gone
}
