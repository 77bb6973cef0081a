package aep

import (
	"net/http"
	"slices"
	"strconv"
)

// listNamespaces is GET /idnamespace/identities: an array, without paging.
func (c *call) listNamespaces() answer {
	list := slices.Clone(namespaces)
	for i := range list {
		list[i].IDType = listSpelling[list[i].IDType]
	}
	return reply(http.StatusOK, list)
}

// listSpelling is how the list writes identity types; a single namespace has
// them in the form kept here. Adobe is not of one mind about capitals.
var listSpelling = map[string]string{"Cookie": "COOKIE", "Cross_device": "CROSS_DEVICE", "Email": "Email", "Phone": "Phone", "Non_people": "Non_people"}

func (c *call) oneNamespace() answer {
	id, err := strconv.Atoi(c.params[0])
	if ns, ok := namespaceByID(id); err == nil && ok {
		return reply(http.StatusOK, namespaces[ns])
	}
	return c.namespaceError(http.StatusNotFound, "NAMESPACE_NOT_FOUND", "The namespace does not exist")
}

// getXID is GET /identity/identity. An XID exists for every identity, also for
// those that nobody ingested; namespace wins over nsid.
func (c *call) getXID() answer {
	q := c.query
	var ns uint8
	ok := false
	if code := q.Get("namespace"); code != "" {
		ns, ok = namespaceOf(code)
	} else if id, err := strconv.Atoi(q.Get("nsid")); err == nil {
		ns, ok = namespaceByID(id)
	}
	if !ok || q.Get("id") == "" {
		return identityError(http.StatusBadRequest, "InvalidInput", "A known namespace or nsid and an id are required")
	}
	return reply(http.StatusOK, object{"xid": makeXID(identityKey{ns: ns, id: q.Get("id")})})
}
