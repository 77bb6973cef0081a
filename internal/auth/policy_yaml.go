package auth

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// parseYAML parses data as one document. The parser refuses duplicate keys.
// Whatever makes it panic is no policy either.
func parseYAML(data []byte) (root ast.Node, err error) {
	defer func() {
		if recover() != nil {
			root, err = nil, errors.New("line 1, column 1: cannot be read as YAML")
		}
	}()
	file, err := parser.ParseBytes(data, 0)
	if err != nil {
		return nil, positioned(err)
	}
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			return nil, fmt.Errorf("%s: a second document", place(doc.Body))
		default:
			root = doc.Body
		}
	}
	if root == nil {
		return nil, errors.New("line 1, column 1: the file is empty")
	}
	return root, nil
}

// positioned writes a mistake of the parser as ours are written.
func positioned(err error) error {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil || at.GetToken().Position == nil {
		return errors.New("line 1, column 1: cannot be read as YAML")
	}
	p := at.GetToken().Position
	return fmt.Errorf("line %d, column %d: %s", p.Line, p.Column, at.GetMessage())
}

// place is where n stands.
func place(n ast.Node) string {
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		n = m.Values[0].Key // else the place of its first colon
	}
	if v, ok := n.(*ast.MappingValueNode); ok {
		n = v.Key
	}
	if n == nil || n.GetToken() == nil || n.GetToken().Position == nil {
		return "line 1, column 1"
	}
	p := n.GetToken().Position
	return fmt.Sprintf("line %d, column %d", p.Line, p.Column)
}

// anchors finds what aliases of a file stand for.
type anchors map[string]ast.Node

func (a anchors) Visit(n ast.Node) ast.Visitor {
	if anchor, ok := n.(*ast.AnchorNode); ok && anchor.Name != nil {
		a[anchor.Name.String()] = anchor.Value
	}
	return a
}

func anchorsOf(root ast.Node) anchors {
	found := anchors{}
	ast.Walk(found, root)
	return found
}

const (
	mostVisits   = 100_000 // aliases can make a small file a large one
	mostMistakes = 50
)

// reader walks the tree of a policy file and collects what is wrong with it.
type reader struct {
	anchors  anchors
	visits   int
	mistakes []string
}

// fields are the keys that a mapping may have, and what reads each.
type fields map[string]func(ast.Node)

func (r *reader) wrong(n ast.Node, format string, args ...any) {
	if len(r.mistakes) < mostMistakes {
		r.mistakes = append(r.mistakes, place(n)+": "+fmt.Sprintf(format, args...))
	}
}

// plain is n without anchors and aliases; nil if there is nothing behind them.
func (r *reader) plain(n ast.Node) ast.Node {
	for range 10 {
		switch v := n.(type) {
		case *ast.AnchorNode:
			n = v.Value
		case *ast.AliasNode:
			n = r.anchors[v.Value.String()]
		default:
			return n
		}
	}
	return nil
}

// mapping reads the mapping n and returns the keys it has.
func (r *reader) mapping(n ast.Node, known fields) (seen map[string]bool) {
	seen = map[string]bool{}
	var values []*ast.MappingValueNode
	switch v := r.plain(n).(type) {
	case *ast.MappingNode:
		values = v.Values
	case *ast.MappingValueNode: // a block with one key
		values = []*ast.MappingValueNode{v}
	default:
		r.wrong(n, "must be a mapping with %s", strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		return seen
	}
	for _, v := range values {
		key := v.Key.String()
		if token := v.Key.GetToken(); token != nil {
			key = token.Value
		}
		read, ok := known[key]
		switch {
		case !ok:
			r.wrong(v, "unknown key %q; keys here are %s", key, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		case seen[key]:
			r.wrong(v, "key %q stands there twice", key)
		default:
			read(v.Value)
		}
		seen[key] = true
	}
	return seen
}

// need reports keys that must be there.
func (r *reader) need(n ast.Node, seen map[string]bool, keys ...string) {
	for _, key := range keys {
		if !seen[key] {
			r.wrong(n, "key %q is missing", key)
		}
	}
}

// each reads a list of one entry at least.
func (r *reader) each(read func(ast.Node)) func(ast.Node) {
	return func(n ast.Node) {
		list, ok := r.plain(n).(*ast.SequenceNode)
		if ok && len(list.Values) == 0 {
			r.wrong(n, "must not be empty")
			return
		}
		r.any(read)(n)
	}
}

// any reads a list that may be empty.
func (r *reader) any(read func(ast.Node)) func(ast.Node) {
	return func(n ast.Node) {
		list, ok := r.plain(n).(*ast.SequenceNode)
		if !ok {
			r.wrong(n, "must be a list")
			return
		}
		for _, v := range list.Values {
			if r.visits++; r.visits > mostVisits {
				if r.visits == mostVisits+1 {
					r.wrong(n, "more than %d entries", mostVisits)
				}
				return
			}
			read(v)
		}
	}
}

// scalar is the text of a plain value as it was written, "" for any other.
func (r *reader) scalar(n ast.Node) string {
	switch v := r.plain(n).(type) {
	case *ast.StringNode:
		return v.Value
	case *ast.LiteralNode:
		return strings.TrimSpace(v.Value.Value)
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return v.GetToken().Value
	}
	return ""
}

// text reads a value that must not be empty.
func (r *reader) text(n ast.Node) string {
	text := r.scalar(n)
	if strings.TrimSpace(text) == "" {
		r.wrong(n, "must be a text, and not an empty one")
		return ""
	}
	return text
}

func (r *reader) name(to *string) func(ast.Node) {
	return func(n ast.Node) { *to = r.text(n) }
}

func (r *reader) names(to *[]string) func(ast.Node) {
	return r.each(func(n ast.Node) { *to = append(*to, r.text(n)) })
}

func (r *reader) count(to **int) func(ast.Node) {
	return func(n ast.Node) { *to = r.number(n) }
}

func (r *reader) wait(to **time.Duration) func(ast.Node) {
	return func(n ast.Node) {
		if d, ok := r.duration(n); ok {
			*to = &d
		}
	}
}

func (r *reader) positive(to *time.Duration) func(ast.Node) {
	return func(n ast.Node) {
		d, ok := r.duration(n)
		if ok && d == 0 {
			r.wrong(n, "must be longer than nothing")
		}
		*to = d
	}
}

func (r *reader) waits(to *[]time.Duration) func(ast.Node) {
	return func(n ast.Node) {
		*to = nil
		r.each(func(n ast.Node) {
			if d, ok := r.duration(n); ok {
				*to = append(*to, d)
			}
		})(n)
	}
}

func (r *reader) yesNo(to *bool) func(ast.Node) {
	return func(n ast.Node) {
		b, ok := r.plain(n).(*ast.BoolNode)
		if !ok {
			r.wrong(n, "must be true or false")
			return
		}
		*to = b.Value
	}
}
