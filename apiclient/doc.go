// Package apiclient is a typed client for Adobe Experience Platform: profiles and
// their events, identities, merge policies, counts, the catalog, schemas, audiences,
// and the state of computed attributes, exports and deletes.
package apiclient
