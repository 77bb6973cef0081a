package lookup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxInput  = 512     // bytes of an identifier; the platform's own limit is higher and never met
	hugeInput = 8 << 10 // bytes above which it is a file that was pasted
)

// clean takes off what gets into a box by copying (blanks, quotation marks, angle
// brackets, mailto:, characters without width at the ends) and says what makes
// the rest unfit for any identifier.
func clean(in string) (string, kind) {
	switch {
	case in == "":
		return "", kindEmpty
	case len(in) > hugeInput:
		return "", kindHuge
	case !utf8.ValidString(in):
		return "", kindUTF8
	}
	s := unwrap(in)
	switch {
	case s == "" && strings.TrimFunc(in, unseen) == "":
		return "", kindBlank
	case s == "":
		return "", kindUnrecognise // nothing but brackets
	case len(s) > maxInput:
		return "", kindLong
	}
	return s, unfit(s)
}

// unwrap trims until nothing more comes off.
func unwrap(s string) string {
	for {
		t := strings.TrimFunc(s, unseen)
		if rest, ok := cutScheme(t); ok {
			t = rest
		}
		for _, pair := range []string{`""`, "''", "<>", "“”", "‘’", "«»", "``"} {
			runes := []rune(pair)
			open, shut := string(runes[0]), string(runes[1])
			if open == "<" && !strings.Contains(t, "@") {
				continue // markup, not an address
			}
			if len(t) > len(open)+len(shut) && strings.HasPrefix(t, open) && strings.HasSuffix(t, shut) {
				t = t[len(open) : len(t)-len(shut)]
			}
		}
		if t == s {
			return t
		}
		s = t
	}
}

// cutScheme takes mailto: and tel: off, and what mail programs put behind.
func cutScheme(s string) (string, bool) {
	for _, scheme := range []string{"mailto:", "tel:"} {
		if len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
			rest, _, _ := strings.Cut(s[len(scheme):], "?")
			return rest, true
		}
	}
	return s, false
}

// unseen are the characters that show nothing at the ends of what was copied.
func unseen(r rune) bool { return unicode.IsSpace(r) || widthless(r) }

func widthless(r rune) bool {
	switch r {
	case 0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x180E, 0x034F:
		return true
	}
	return false
}

func bidi(r rune) bool {
	return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200E || r == 0x200F || r == 0x061C
}

// unfit finds the first character that stands in no identifier.
func unfit(s string) kind {
	if strings.ContainsRune(s, 0) {
		return kindNUL
	}
	for _, r := range s {
		if k := unfitRune(r); k != kindNone {
			return k
		}
	}
	return kindNone
}

func unfitRune(r rune) kind {
	switch {
	case r < 0x7F && r >= ' ':
		return kindNone
	case r == '\n', r == '\r', r == 0x85, r == 0x2028, r == 0x2029:
		return kindLines
	case r == '\t':
		return kindSeveral // cells of a table
	case unicode.IsControl(r):
		return kindControl
	case bidi(r):
		return kindBidi
	case widthless(r):
		return kindHidden
	case r == 0xFF20, r == 0xFE6B: // at signs of other widths
		return kindLookal
	case unicode.IsDigit(r):
		return kindDigits
	case unicode.Is(unicode.Cyrillic, r), unicode.Is(unicode.Greek, r), r >= 0xFF01 && r <= 0xFF5E:
		return kindLookal
	case unicode.In(r, unicode.So, unicode.Co, unicode.Cn, unicode.Sk), !unicode.IsGraphic(r):
		return kindSymbols
	}
	return kindNone
}
