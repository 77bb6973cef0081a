package handlers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

// Errors about the op of a form.
var (
	// ErrNoOp: the form came without its op, or with one that no page of ours
	// minted (422). Nothing was done.
	ErrNoOp = errors.New("the form has no op")
	// ErrOpUsed: the op was used with other values, or by somebody else (409).
	// What implements an act returns it; nothing was done.
	ErrOpUsed = errors.New("the op was used with other values")
)

// Once makes a form act once. What implements an act keeps it in the act's own
// transaction: the same Once again is no error and does nothing, the same Op
// with another Actor or other Values is [ErrOpUsed].
type Once struct {
	Op     string // random, minted with the form
	Actor  string // whose form it is: issuer and subject
	Values string // hash of the route and all fields but op
}

// newOp mints the op of a form.
func newOp() string { return rand.Text() }

// opForm is what rand.Text makes; longer for what a test may use.
var opForm = regexp.MustCompile(`^[A-Za-z0-9_-]{8,64}$`)

// once reads the op of the form in c.
func once(c echo.Context) (Once, error) {
	fields, err := fieldsOf(c)
	if err != nil {
		return Once{}, err
	}
	op := fields.Get("op")
	if !opForm.MatchString(op) {
		return Once{}, ErrNoOp
	}
	u := auth.UserFrom(c.Request().Context())
	return Once{Op: op, Actor: u.Issuer + " " + u.Subject, Values: hashOf(c.Request().URL.Path, fields)}, nil
}

// fieldsOf are the fields in the body of c. What stands in its URL is left out:
// no URL holds what somebody typed.
func fieldsOf(c echo.Context) (url.Values, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return nil, badForm(err)
	}
	return r.PostForm, nil
}

// hashOf is a hash of path and fields that does not hang on their order.
func hashOf(path string, fields url.Values) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", path)
	names := make([]string, 0, len(fields))
	for name := range fields {
		if name != "op" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(h, "%q=%q\n", name, fields[name])
	}
	return hex.EncodeToString(h.Sum(nil))
}
