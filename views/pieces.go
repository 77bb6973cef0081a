package views

import (
	"strconv"
	"strings"
)

func str(n int64) string { return strconv.FormatInt(n, 10) }

// title is the headline of an error code; a code that the catalogue does not know
// is the one of an error of ours.
func (p Page) title(code string) string { return p.T("error." + p.code(code)) }

func (p Page) code(code string) string {
	switch {
	case p.Has("error." + code):
		return code
	case strings.HasPrefix(code, "sign_in_"): // a token that fails one of many checks
		return "sign_in_failed"
	}
	return "broken"
}

// said is the sentence of a word key, or nothing for the empty key.
func (p Page) said(key string) string {
	if key == "" {
		return ""
	}
	return p.Or(key, p.T("form.wrong"))
}

// invalid is the value of aria-invalid.
func invalid(key string) string {
	if key == "" {
		return "false"
	}
	return "true"
}

// yes is a boolean as a data attribute holds it.
func yes(b bool) string { return strconv.FormatBool(b) }

// signInReason is the short code of a refused sign-in, for the operator.
func signInReason(key string) string { return strings.TrimPrefix(key, "sign_in_") }
