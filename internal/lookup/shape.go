package lookup

import (
	"regexp"
	"strings"
)

// Forms of identifiers.
var (
	mailForm  = regexp.MustCompile(`^[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_{|}~-]+)*@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])$`)
	digitForm = regexp.MustCompile(`^[0-9]+$`)
	cpfForm   = regexp.MustCompile(`^[0-9]{3}\.[0-9]{3}\.[0-9]{3}[-/ ]?[0-9]{2}$|^[0-9]{9}-[0-9]{2}$`)
	phoneForm = regexp.MustCompile(`^(\+|00)?[0-9 ().\-/]+$`)
	guidForm  = regexp.MustCompile(`^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$`)
	aaidForm  = regexp.MustCompile(`^[0-9A-F]{16}-[0-9A-F]{16}$`)
	hashForm  = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)
	tokenForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{1,127}$`)
	xidForm   = regexp.MustCompile(`^[A-Za-z0-9_-]{20,128}$`)
)

const ecidDigits = 38

// Lengths of phone numbers, in digits with the country's.
const (
	phoneShortest = 8
	phoneLongest  = 15 // E.164
)

// mail tells whether s is an e-mail address. Wildcards and the like are allowed
// in one by the book, but typed by people who expect them to work.
func mail(s string) bool {
	local, _, _ := strings.Cut(s, "@")
	return len(s) <= 254 && len(local) <= 64 && !strings.ContainsAny(s, "*?%|/{}`$") && !sqlForm.MatchString(s) && mailForm.MatchString(s)
}

// onlyDigits is s without all that is no digit.
func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// validCPF tells whether digits are a CPF: eleven of them, not all the same, and
// the last two are check digits of the others.
func validCPF(digits string) bool {
	if len(digits) != 11 || strings.Count(digits, digits[:1]) == 11 {
		return false
	}
	for n := 9; n <= 10; n++ {
		sum := 0
		for i := range n {
			sum += int(digits[i]-'0') * (n + 1 - i)
		}
		if sum*10%11%10 != int(digits[n]-'0') {
			return false
		}
	}
	return true
}

func formatCPF(d string) string { return d[:3] + "." + d[3:6] + "." + d[6:9] + "-" + d[9:] }

// phoneForms are the ways in which a number may be stored, the likeliest first, or
// what is wrong with it. A number without a country is taken for a Brazilian
// one where it can be: area code, and nine digits for a mobile or eight.
func phoneForms(s string) ([]string, kind) {
	digits := onlyDigits(s)
	international := strings.HasPrefix(s, "+")
	if !international && strings.HasPrefix(digits, "00") {
		international, digits = true, digits[2:]
	}
	bare := strings.TrimLeft(digits, "0") // a trunk's zero in front of the area code
	switch {
	case len(digits) < phoneShortest:
		return nil, kindPhoneShort
	case len(digits) > phoneLongest:
		return nil, kindPhoneLong
	case international:
		return []string{"+" + digits, digits}, kindNone
	case brazilian(bare):
		return []string{"+55" + bare, "55" + bare, bare}, kindNone
	}
	return []string{"+" + digits, digits}, kindNone
}

// brazilian tells whether digits are an area code and a number.
func brazilian(digits string) bool {
	if len(digits) != 10 && len(digits) != 11 || digits[0] == '0' || digits[1] == '0' {
		return false
	}
	return len(digits) == 10 && digits[2] >= '2' || len(digits) == 11 && digits[2] == '9'
}
