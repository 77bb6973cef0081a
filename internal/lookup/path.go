package lookup

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Paths of a profile are written like person.name.firstName: names with dots
// between them, [0] for the first element of an array, and ["a b"] for a name that
// is more than ASCII letters, digits, '_', '$' and '-'; inside, quotation marks,
// backslashes and control characters are written as JSON writes them. A path
// names one value, unless the profile repeats a name within one object.

// appendName adds a member's name to a path.
func appendName(path, name []byte) []byte {
	if plainName(name) {
		if len(path) > 0 {
			path = append(path, '.')
		}
		return append(path, name...)
	}
	path = append(path, '[')
	quoted, err := jsontext.AppendQuote(path, name)
	if err != nil { // not UTF-8: replaced, and quoted all the same
		quoted, _ = jsontext.AppendQuote(path, strings.ToValidUTF8(string(name), string(utf8.RuneError)))
	}
	return append(quoted, ']')
}

// appendIndex adds the place of an element to a path.
func appendIndex(path []byte, i int) []byte {
	path = append(path, '[')
	path = strconv.AppendInt(path, int64(i), 10)
	return append(path, ']')
}

func plainName(name []byte) bool {
	for _, c := range name {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '$', c == '-':
		default:
			return false
		}
	}
	return len(name) > 0
}

// names are the names in a path; places in arrays are left out.
func names(path string) []string {
	var out []string
	for path != "" {
		switch path[0] {
		case '.':
			path = path[1:]
		case '[':
			var name string
			name, path = bracket(path)
			if name != "" {
				out = append(out, name)
			}
		default:
			end := strings.IndexAny(path, ".[")
			if end < 0 {
				end = len(path)
			}
			out = append(out, path[:end])
			path = path[end:]
		}
	}
	return out
}

// bracket reads ["name"] or [0] at the beginning of a path, and returns the name,
// empty for a place in an array, and the rest.
func bracket(path string) (name, rest string) {
	if quoted, err := strconv.QuotedPrefix(path[1:]); err == nil && strings.HasPrefix(path[1+len(quoted):], "]") {
		plain, err := jsontext.AppendUnquote(nil, quoted)
		if err != nil {
			plain = []byte(quoted)
		}
		return string(plain), path[len(quoted)+2:]
	}
	inside, rest, _ := strings.Cut(path[1:], "]")
	if strings.Trim(inside, "0123456789*") == "" {
		return "", rest
	}
	return inside, rest
}
