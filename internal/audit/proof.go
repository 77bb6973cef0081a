package audit

import (
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Proof shows that a leaf stands in the log that a checkpoint was signed for.
// A short script can check it: hash the leaf, join it with each hash in turn
// (left or right by the bits of seq − 1 and size), compare with the root.
type Proof struct {
	Seq        int64    `json:"seq"`
	Leaf       string   `json:"leaf"` // the exact line, without newline
	Size       int64    `json:"size"` // of the tree; at least Seq
	Hashes     [][]byte `json:"hashes"`
	Checkpoint string   `json:"checkpoint"` // the signed note over that tree
}

// ErrNotCovered says that the checkpoint is older than the row. Wait for the
// next one: they are a minute apart at most.
var ErrNotCovered = errors.New("no checkpoint covers the row yet")

// Prove makes the proof for the row seq in the tree of c, whose hashes come
// from hashes.
func Prove(seq int64, leaf []byte, c Checkpoint, hashes tlog.HashReader) (Proof, error) {
	if seq < 1 || seq > c.Size {
		return Proof{}, fmt.Errorf("prove row %d: %w", seq, ErrNotCovered)
	}
	path, err := tlog.ProveRecord(c.Size, seq-1, hashes)
	if err != nil {
		return Proof{}, fmt.Errorf("prove row %d: %w", seq, err)
	}
	p := Proof{Seq: seq, Leaf: string(leaf), Size: c.Size, Hashes: [][]byte{}, Checkpoint: c.Note}
	for _, h := range path {
		p.Hashes = append(p.Hashes, h[:])
	}
	return p, nil
}

// JSON is the proof on one line.
func (p Proof) JSON() ([]byte, error) { return json.Marshal(p) }

// VerifyProof checks a proof and the signature of its checkpoint, and returns
// the event that is proven.
func VerifyProof(p Proof, keys note.Verifiers) (Event, error) {
	tree, err := Checkpoint{Size: p.Size, Note: p.Checkpoint}.Open(keys)
	if err != nil {
		return Event{}, fmt.Errorf("verify proof: %w", err)
	}
	e, err := ParseLeaf([]byte(p.Leaf))
	if err != nil {
		return Event{}, fmt.Errorf("verify proof: %w", err)
	}
	if e.Seq != p.Seq || p.Seq < 1 || p.Seq > p.Size {
		return Event{}, errors.New("verify proof: the leaf is of another row")
	}
	var path tlog.RecordProof
	for _, h := range p.Hashes {
		if len(h) != tlog.HashSize {
			return Event{}, errors.New("verify proof: a hash has the wrong length")
		}
		path = append(path, tlog.Hash(h))
	}
	if err := tlog.CheckRecord(path, p.Size, tree.Root, p.Seq-1, tlog.RecordHash([]byte(p.Leaf))); err != nil {
		return Event{}, fmt.Errorf("verify proof: %w", err)
	}
	return e, nil
}
