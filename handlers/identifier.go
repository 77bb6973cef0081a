package handlers

import (
	"regexp"
	"strings"
	"unicode"
)

var (
	emailLike = regexp.MustCompile(`[^\s@<>"',;]+@[^\s@<>"',;]+\.[\pL]{2,}`)
	// Digits with what people write between them: CPF, phone numbers, ECID.
	digitsLike = regexp.MustCompile(`\+?[0-9０-９][0-9０-９ .()/\-\x{2010}-\x{2015}\x{00a0}]{6,}[0-9０-９]`)
	dateLike   = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^[0-9]{1,2}[./][0-9]{1,2}[./][0-9]{4}$`)
)

// holdsIdentifier tells whether a free text names a customer: an e-mail, a
// phone number, a CPF or another long number. Dates do not count.
func holdsIdentifier(text string) bool {
	if emailLike.MatchString(text) {
		return true
	}
	for _, run := range digitsLike.FindAllString(text, -1) {
		if dateLike.MatchString(strings.TrimSpace(run)) {
			continue
		}
		if countDigits(run) >= 9 {
			return true
		}
	}
	return false
}

func countDigits(s string) (n int) {
	for _, r := range s {
		if unicode.IsDigit(r) {
			n++
		}
	}
	return n
}
