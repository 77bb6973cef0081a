package handlers

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"sync"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"
)

// buffers are used again, so that a page costs its bytes once. A large one is
// let go: it would stay for every small page after it.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

const keepBuffer = 256 << 10

// render writes page with status, once the whole of it is there: what fails on
// the way becomes an error page, and never half a page. To a request of htmx
// that wants a part, it sends the fragment alone; pages without one are sent
// whole.
func render(c echo.Context, status int, page templ.Component, fragment ...string) error {
	buf := buffers.Get().(*bytes.Buffer)
	buf.Reset()
	defer func() {
		if buf.Cap() <= keepBuffer {
			buffers.Put(buf)
		}
	}()
	ctx := c.Request().Context()
	c.Response().Header().Add(echo.HeaderVary, "HX-Request")
	var err error
	if len(fragment) > 0 && wantsPart(c) {
		err = templ.RenderFragments(ctx, buf, page, fragment[0])
	} else {
		err = page.Render(ctx, buf)
	}
	if err != nil {
		return fmt.Errorf("render: %w", err)
	}
	return c.HTMLBlob(status, buf.Bytes())
}

// after returns what kept parts of a page from being shown, once the page is
// written: the server has it in the request's line, and the reader their page.
func after(rendered error, causes ...error) error {
	return errors.Join(append([]error{rendered}, causes...)...)
}

// wantsPart tells a request of htmx for a part of the page from one that
// follows a link (boosted) or goes back in time, which want all of it.
func wantsPart(c echo.Context) bool {
	h := c.Request().Header
	return h.Get("HX-Request") == "true" && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}

// seeOther sends the reader on after a form that worked. Htmx would follow a
// 303 unseen and put the page it leads to into a part of this one: it is told
// to go there itself.
func seeOther(c echo.Context, path string) error {
	if wantsPart(c) {
		c.Response().Header().Set("HX-Redirect", path)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, path)
}
