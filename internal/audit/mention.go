package audit

import (
	"crypto/sha256"
	"encoding/binary"
	"iter"
	"slices"
)

// Mention is one word by which a row is found.
type Mention struct {
	Seq  int64
	Text string
}

// MentionSet is the sum of mentions, in whatever order they come: two sums are
// equal where the mentions are. Compare with ==.
type MentionSet struct {
	n   int64
	sum [4]uint64
}

// Add adds the mention of a row.
func (s *MentionSet) Add(seq int64, mention string) {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(mention)), uint64(seq))
	h := sha256.Sum256(append(b, mention...))
	for i := range s.sum {
		s.sum[i] += binary.BigEndian.Uint64(h[8*i:])
	}
	s.n++
}

// FirstMisfound is the first row whose mentions, in found and sorted by row, are
// not those of its leaf; 0 if there is none.
func FirstMisfound(rows iter.Seq2[Row, error], found []Mention) (int64, error) {
	last := int64(0)
	for row, err := range rows {
		if err != nil {
			return 0, err
		}
		if len(found) > 0 && found[0].Seq < row.Seq {
			return max(found[0].Seq, 1), nil
		}
		e, err := ParseLeaf(row.Leaf)
		if err != nil {
			return row.Seq, nil
		}
		var texts []string
		for len(found) > 0 && found[0].Seq == row.Seq {
			texts = append(texts, found[0].Text)
			found = found[1:]
		}
		slices.Sort(texts) // a database may sort otherwise
		if !slices.Equal(texts, e.Index().Mentions) {
			return row.Seq, nil
		}
		last = row.Seq
	}
	if len(found) > 0 {
		return max(found[0].Seq, last+1), nil
	}
	return 0, nil
}
