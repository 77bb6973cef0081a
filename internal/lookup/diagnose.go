package lookup

import (
	"regexp"
	"strings"
	"unicode"
)

// Forms of what is no identifier.
var (
	markupForm   = regexp.MustCompile(`(?i)<\s*[a-z!/?]|&(#[0-9]+|#x[0-9a-f]+|lt|gt|amp|quot);|javascript:`)
	templateForm = regexp.MustCompile(`\{\{|\$\{|#\{|<%|\{%`)
	sqlForm      = regexp.MustCompile(`(?i)'\s*(or|and)\b|--\s*$|;\s*(drop|delete|insert|update|select|alter)\b|\bunion\s+(all\s+)?select\b|\bselect\b.*\bfrom\b|\b(or|and)\s+['"0-9]+\s*=\s*['"0-9]|\bdrop\s+table\b|/\*|\*/`)
	pathForm     = regexp.MustCompile(`(?i)\.\.[/\\]|^[/\\]|[/\\]etc[/\\]|^[a-z]:\\|%2e%2e|%2f|%5c|\.\.$`)
	urlForm      = regexp.MustCompile(`(?i)^[a-z][a-z0-9+.-]*://|^www\.`)
	encodedForm  = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)
	namedForm    = regexp.MustCompile(`[^<>]+<[^<>@]+@[^<>@]+>$`)
)

// diagnose says what is wrong with input that is no identifier.
func diagnose(s string) kind {
	switch {
	case namedForm.MatchString(s):
		return kindNamed
	case templateForm.MatchString(s):
		return kindTemplate
	case markupForm.MatchString(s):
		return kindMarkup
	case strings.HasPrefix(s, "{"), strings.HasPrefix(s, "["):
		return kindJSON
	case urlForm.MatchString(s):
		return kindURL
	case pathForm.MatchString(s):
		return kindPath
	case sqlForm.MatchString(s):
		return kindSQL
	case several(s):
		return kindSeveral
	case encodedForm.MatchString(s):
		return kindEncoded
	case strings.ContainsAny(s, "*?%"):
		return kindWildcard
	case strings.Contains(s, "@"):
		return diagnoseMail(s)
	case strings.ContainsAny(s, `'"`):
		return kindQuote
	}
	return diagnoseNumber(s)
}

// several tells whether s is a list of identifiers.
func several(s string) bool {
	return strings.Count(s, "@") > 1 && strings.ContainsAny(s, ",; ") || strings.ContainsAny(s, ",;|")
}

func diagnoseMail(s string) kind {
	local, domain, _ := strings.Cut(s, "@")
	switch {
	case strings.Contains(domain, "@"):
		return kindMailAt
	case strings.ContainsFunc(s, unicode.IsSpace):
		return kindMailBlank
	case local == "", strings.HasPrefix(local, "."), strings.HasSuffix(local, "."), strings.Contains(local, ".."), len(local) > 64, !ascii(local):
		return kindMailLocal
	case strings.ContainsAny(local, `"'()<>[]\:`):
		return kindMailLocal
	}
	return kindMailDomain
}

func diagnoseNumber(s string) kind {
	digits := onlyDigits(s)
	switch {
	case cpfForm.MatchString(s):
		return kindCPFDigits // a right one was recognised before
	case digitForm.MatchString(s) && len(s) > 25:
		return ecidLength(len(s))
	case phoneForm.MatchString(s) && digits != "":
		_, k := phoneForms(s)
		return k
	case letters(s):
		return kindName
	}
	return kindUnrecognise
}

func ecidLength(n int) kind {
	switch {
	case n < ecidDigits:
		return kindECIDShort
	case n > ecidDigits:
		return kindECIDLong
	}
	return kindNone
}

// letters tells whether s is words of letters, as a name is.
func letters(s string) bool {
	words := 0
	for _, word := range strings.Fields(s) {
		if strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) && r != '-' && r != '.' }) {
			return false
		}
		words++
	}
	return words > 0
}

func ascii(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII })
}
