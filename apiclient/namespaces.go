package apiclient

import (
	"context"
	"net/http"
	"strconv"
	"time"
)

var (
	listNamespaces = endpoint{http.MethodGet, "/data/core/idnamespace/identities"}
	getNamespace   = endpoint{http.MethodGet, "/data/core/idnamespace/identities/{id}"}
)

// Namespace is a kind of identity.
type Namespace struct {
	ID          int64     `json:"id"`
	Code        string    `json:"code"` // compare without regard to case
	Name        string    `json:"name"`
	Description string    `json:"description"`
	Status      string    `json:"status"`
	Type        string    `json:"idType"` // EMAIL, PHONE, COOKIE, CROSS_DEVICE, …; capitals vary
	Custom      bool      `json:"custom"`
	Created     time.Time `json:"createTime"`
	Updated     time.Time `json:"updateTime"`
}

// Namespaces returns all namespaces of the sandbox, the platform's and its own.
//
// Source: Identity Service API reference, "List namespaces".
//
//aep:operation GET /data/core/idnamespace/identities
func (s *IdentitiesService) Namespaces(ctx context.Context, sandbox string) ([]Namespace, error) {
	var in []Namespace
	err := s.c.get(ctx, &request{endpoint: listNamespaces, sandbox: sandbox}, &in)
	return in, err
}

// Namespace returns one namespace by its number, or [ErrNotFound].
//
// Source: Identity Service API reference, "Look up a namespace".
//
//aep:operation GET /data/core/idnamespace/identities/{id}
func (s *IdentitiesService) Namespace(ctx context.Context, sandbox string, id int64) (*Namespace, error) {
	var in Namespace
	r := &request{endpoint: getNamespace, sandbox: sandbox, ids: []string{strconv.FormatInt(id, 10)}}
	if err := s.c.get(ctx, r, &in); err != nil {
		return nil, err
	}
	return &in, nil
}
