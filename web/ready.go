package web

import (
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"
)

// healthz answers while the process lives.
func (s *server) healthz(c echo.Context) error {
	return c.JSON(http.StatusOK, struct {
		Alive bool `json:"alive"`
	}{true})
}

// readyz says whether the site can serve: its store and its log. Sign-in and
// Adobe are told beside, a restart would not mend them.
func (s *server) readyz(c echo.Context) error {
	r := s.Health.Ready(c.Request().Context())
	ready := r.Store == "ok" && r.Log == "ok"
	status := http.StatusOK
	if !ready {
		status = http.StatusServiceUnavailable
	}
	return c.JSON(status, struct {
		Ready bool   `json:"ready"`
		Store string `json:"store"`
		Log   string `json:"log"`
		IdP   string `json:"idp"`
		AEP   string `json:"aep"`
	}{ready, r.Store, r.Log, r.IdP, r.AEP})
}

// static serves a file of ours.
func (s *server) static(c echo.Context) error {
	if strings.Contains(c.Param("*"), "..") {
		return fail(http.StatusNotFound, KeyNotFound, nil)
	}
	s.Handlers.Static.ServeHTTP(c.Response(), c.Request())
	return nil
}
