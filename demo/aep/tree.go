package aep

import (
	"bytes"
	"slices"
	"strings"
)

// tree is a JSON value as far as merging needs it: objects are opened, all
// else stays the bytes it was.
type tree struct {
	kids  []kid // of an object, in their order
	index map[string]int
	leaf  []byte // of anything else; nil for an object
}

type kid struct {
	name string // as JSON writes it, without the quotes
	tree *tree
}

// parseTree reads a compact JSON object that this package made or checked.
func parseTree(data []byte) *tree {
	t, _ := parseValue(data, 0)
	return t
}

func parseValue(data []byte, i int) (*tree, int) {
	if data[i] != '{' {
		end := skipValue(data, i)
		return &tree{leaf: data[i:end:end]}, end
	}
	t := &tree{}
	for i++; data[i] != '}'; {
		if data[i] == ',' {
			i++
		}
		end := skipString(data, i)
		name := string(data[i+1 : end-1])
		sub, next := parseValue(data, end+1)
		t.kids = append(t.kids, kid{name, sub})
		i = next
	}
	return t, i + 1
}

func skipString(data []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexAny(data[i:], "\"\\")
		i += n
		if data[i] == '"' {
			return i + 1
		}
		i++
	}
}

// skipValue is the end of the value that starts at i.
func skipValue(data []byte, i int) int {
	depth := 0
	for {
		switch data[i] {
		case '"':
			i = skipString(data, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		default:
			i++
		}
		if depth > 0 {
			continue
		}
		if i >= len(data) || strings.IndexByte(",}]", data[i]) >= 0 {
			return i
		}
	}
}

// child finds a member of an object. Wide objects get an index.
func (t *tree) child(name string) *tree {
	if len(t.kids) > 16 {
		if len(t.index) != len(t.kids) {
			t.index = make(map[string]int, len(t.kids))
			for i := range t.kids {
				t.index[t.kids[i].name] = i
			}
		}
		if i, ok := t.index[name]; ok {
			return t.kids[i].tree
		}
		return nil
	}
	for i := range t.kids {
		if t.kids[i].name == name {
			return t.kids[i].tree
		}
	}
	return nil
}

// at follows a dotted path.
func (t *tree) at(path string) *tree {
	for _, name := range strings.Split(path, ".") {
		if t == nil {
			return nil
		}
		t = t.child(name)
	}
	return t
}

// override lays src over t: per path, what src has wins.
func (t *tree) override(src *tree) {
	for _, k := range src.kids {
		mine := t.child(k.name)
		switch {
		case mine == nil:
			t.kids = append(t.kids, k)
			if t.index != nil {
				t.index[k.name] = len(t.kids) - 1
			}
		case mine.leaf == nil && k.tree.leaf == nil:
			mine.override(k.tree)
		default:
			*mine = *k.tree
		}
	}
}

// tenantLast moves the fields of the tenant behind those that every customer of
// the platform has.
func (t *tree) tenantLast() {
	own := func(k kid) int { return strings.Count(k.name[:min(1, len(k.name))], "_") }
	slices.SortStableFunc(t.kids, func(a, b kid) int { return own(a) - own(b) })
	t.index = nil
}

// project keeps only the paths of fields and what lies below them.
func (t *tree) project(fields []string) *tree {
	if len(fields) == 0 {
		return t
	}
	out := &tree{}
	for _, k := range t.kids {
		var below []string
		whole := false
		for _, f := range fields {
			head, rest, deeper := strings.Cut(f, ".")
			if head != k.name {
				continue
			}
			if !deeper {
				whole = true
			}
			below = append(below, rest)
		}
		switch {
		case whole:
			out.kids = append(out.kids, k)
		case len(below) > 0 && k.tree.leaf == nil:
			if sub := k.tree.project(below); len(sub.kids) > 0 {
				out.kids = append(out.kids, kid{k.name, sub})
			}
		}
	}
	return out
}

// appendTo writes the value as JSON.
func (t *tree) appendTo(buf []byte) []byte {
	if t.leaf != nil {
		return append(buf, t.leaf...)
	}
	buf = append(buf, '{')
	for i, k := range t.kids {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, '"')
		buf = append(buf, k.name...)
		buf = append(buf, '"', ':')
		buf = k.tree.appendTo(buf)
	}
	return append(buf, '}')
}

// paths are the dotted paths of all leaves.
func (t *tree) paths(prefix string) []string {
	var out []string
	for _, k := range t.kids {
		if k.tree.leaf != nil {
			out = append(out, prefix+k.name)
			continue
		}
		out = append(out, k.tree.paths(prefix+k.name+".")...)
	}
	slices.Sort(out)
	return out
}
