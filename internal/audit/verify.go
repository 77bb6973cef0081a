package audit

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"iter"
	"slices"

	"golang.org/x/mod/sumdb/tlog"
)

// Row is one row of the log as a store keeps it.
type Row struct {
	Seq    int64
	Leaf   []byte
	Hashes []byte // what Frontier.Append returned, joined
	Index  Index
}

// Head is the row that says how large the log is.
type Head struct {
	Size  int64
	Peaks []byte // of the frontier, joined
}

// Report is what a verification found.
type Report struct {
	Size int64     // of the log that was read; up to the bad row if there is one
	Root tlog.Hash // at Size, where the log is whole
	Bad  int64     // the first bad row, 0 where the log is whole; the tree's size + 1 where the tail is missing
	What string    // what is wrong with it, without personal data

	// Mentions are those that follow from the leaves, for the store to compare
	// with those it keeps.
	Mentions MentionSet
}

// OK says whether the log is whole.
func (r Report) OK() bool { return r.Bad == 0 }

// Damaged is the report of a log in which the row seq is bad.
func (r Report) Damaged(seq int64, what string) Report {
	return Report{Size: r.Size, Bad: seq, What: what}
}

// String is the line that `audit verify` prints.
func (r Report) String() string {
	if r.OK() {
		return fmt.Sprintf("ok size=%d root=%s", r.Size, base64.StdEncoding.EncodeToString(r.Root[:]))
	}
	return fmt.Sprintf("bad seq=%d: %s", r.Bad, r.What)
}

// Verify computes the whole tree again from the leaves, which come in the order
// of their rows' numbers, and holds against it: each row's number, stored hashes
// and index (mentions apart), the head row, and the tree heads that were signed.
// It stops at the first bad row. The error is that of reading, not a statement about the log.
func Verify(rows iter.Seq2[Row, error], head Head, signed []Tree) (Report, error) {
	v := verification{head: head, signed: slices.Clone(signed)}
	slices.SortFunc(v.signed, func(a, b Tree) int { return cmp.Compare(a.Size, b.Size) })
	if bad := v.heads(); bad != nil {
		return *bad, nil
	}
	for row, err := range rows {
		if err != nil {
			return Report{}, fmt.Errorf("read the log: %w", err)
		}
		if bad := v.row(row); bad != nil {
			return *bad, nil
		}
	}
	return v.end(), nil
}

type verification struct {
	tree   Frontier
	head   Head
	signed []Tree // sorted; those that were met are taken off
	held   int64  // size of the last one that agreed
	words  MentionSet
}

func (v *verification) bad(seq int64, format string, args ...any) *Report {
	return &Report{Size: v.tree.Size, Bad: seq, What: fmt.Sprintf(format, args...)}
}

func (v *verification) row(row Row) *Report {
	seq := v.tree.Size + 1
	switch {
	case row.Seq > seq:
		return v.bad(seq, "the row is missing")
	case row.Seq < seq:
		return v.bad(max(row.Seq, 1), "the row stands where none belongs")
	case seq > v.head.Size:
		return v.bad(seq, "the row is beyond the head, which says %d", v.head.Size)
	}
	if what := v.content(row); what != "" {
		return v.bad(seq, "%s", what)
	}
	return v.heads()
}

// content says what is wrong with what a row holds, and grows the tree.
func (v *verification) content(row Row) string {
	stored, err := SplitHashes(row.Hashes)
	if err != nil {
		return err.Error()
	}
	if len(stored) == 0 || stored[0] != tlog.RecordHash(row.Leaf) {
		return "the leaf does not have the hash that is stored with it"
	}
	grown := Frontier{Size: v.tree.Size, Peaks: v.tree.Peaks}
	if !slices.Equal(grown.Append(row.Leaf), stored) {
		return "a stored hash of the tree does not follow from the rows before"
	}
	e, err := ParseLeaf(row.Leaf)
	switch {
	case err != nil:
		return err.Error()
	case e.Seq != row.Seq:
		return fmt.Sprintf("the leaf belongs to row %d", e.Seq)
	}
	want := e.Index()
	if part, ok := row.Index.equal(want); !ok {
		return "the " + part + " beside the leaf is not the leaf's"
	}
	for _, mention := range want.Mentions {
		v.words.Add(row.Seq, mention)
	}
	v.tree = grown
	return ""
}

// heads compares the tree with what was signed at this size.
func (v *verification) heads() *Report {
	for len(v.signed) > 0 && v.signed[0].Size == v.tree.Size {
		if v.signed[0].Root != v.tree.Tree().Root {
			return v.bad(v.held+1, "the rows up to %d are not those that a checkpoint was signed for", v.tree.Size)
		}
		v.held = v.tree.Size
		v.signed = v.signed[1:]
	}
	return nil
}

func (v *verification) end() Report {
	size := v.tree.Size
	if v.head.Size > size {
		return *v.bad(size+1, "the tail is missing: the head says %d", v.head.Size)
	}
	if len(v.signed) > 0 {
		return *v.bad(size+1, "the tail is missing: a checkpoint was signed for %d rows", v.signed[len(v.signed)-1].Size)
	}
	peaks, err := SplitHashes(v.head.Peaks)
	if err != nil || len(peaks) != len(v.tree.Peaks) {
		return *v.bad(max(size, 1), "the hashes of the head row are damaged")
	}
	for i, h := range peaks {
		if h != v.tree.Peaks[i] {
			return *v.bad(peakRow(size, i), "the head row has another hash for the rows up to it")
		}
	}
	return Report{Size: size, Root: v.tree.Tree().Root, Mentions: v.words}
}
