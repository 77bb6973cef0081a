package handlers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// checkIdentity says what is wrong with a typed identity: a word key, "" if
// nothing is.
func checkIdentity(namespace, id string) string {
	switch {
	case strings.TrimSpace(namespace) == "":
		return "audit.invalid.namespace"
	case strings.TrimSpace(id) == "":
		return "audit.invalid.id"
	case len(namespace) > 255, len(id) > 1024:
		return "audit.invalid.long"
	case !clean(namespace), !clean(id):
		return "audit.invalid.characters"
	}
	return ""
}

// clean tells whether text is readable: UTF-8 without control characters.
func clean(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(strings.TrimSpace(text), unicode.IsControl)
}
