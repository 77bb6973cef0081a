package audit

import (
	"errors"
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// Tree is a log at one size: RFC 6962's Merkle tree over the leaves 1 to Size.
type Tree struct {
	Size int64
	Root tlog.Hash
}

// Frontier is what must be known of a tree to make it grow: the roots of the
// perfect subtrees at its right edge, the largest first, one for each bit of
// Size. The zero Frontier is the empty tree.
type Frontier struct {
	Size  int64
	Peaks []tlog.Hash
}

// Append adds a leaf. It returns the hashes to keep with its row: that of the
// leaf, then of each subtree that it completes, from small to large. They are
// those of [tlog.StoredHashes].
func (f *Frontier) Append(leaf []byte) []tlog.Hash {
	h := tlog.RecordHash(leaf)
	hashes := []tlog.Hash{h}
	peaks := f.Peaks
	for n := f.Size; n&1 == 1; n >>= 1 {
		h = tlog.NodeHash(peaks[len(peaks)-1], h)
		peaks = peaks[:len(peaks)-1]
		hashes = append(hashes, h)
	}
	f.Peaks = append(peaks[:len(peaks):len(peaks)], h)
	f.Size++
	return hashes
}

// Tree is the tree's size and root.
func (f *Frontier) Tree() Tree {
	if len(f.Peaks) == 0 {
		root, _ := tlog.TreeHash(0, nil) // of no leaf: it reads nothing
		return Tree{Root: root}
	}
	h := f.Peaks[len(f.Peaks)-1]
	for i := len(f.Peaks) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.Peaks[i], h)
	}
	return Tree{Size: f.Size, Root: h}
}

// JoinHashes is how hashes are stored: one after the other.
func JoinHashes(hashes []tlog.Hash) []byte {
	b := make([]byte, 0, len(hashes)*tlog.HashSize)
	for _, h := range hashes {
		b = append(b, h[:]...)
	}
	return b
}

// SplitHashes reads what [JoinHashes] wrote.
func SplitHashes(b []byte) ([]tlog.Hash, error) {
	if len(b)%tlog.HashSize != 0 {
		return nil, errors.New("stored hashes have an odd length")
	}
	hashes := make([]tlog.Hash, len(b)/tlog.HashSize)
	for i := range hashes {
		copy(hashes[i][:], b[i*tlog.HashSize:])
	}
	return hashes, nil
}

// ParseFrontier reads a frontier as a store keeps it: a size, and the peaks as
// [JoinHashes] wrote them.
func ParseFrontier(size int64, peaks []byte) (Frontier, error) {
	hashes, err := SplitHashes(peaks)
	if err != nil {
		return Frontier{}, err
	}
	if size < 0 || len(hashes) != bits.OnesCount64(uint64(size)) {
		return Frontier{}, fmt.Errorf("head row: %d peaks for a tree of size %d", len(hashes), size)
	}
	return Frontier{Size: size, Peaks: hashes}, nil
}

// HashPlace says which row keeps the hash with the given index of [tlog], and
// at which place in it, from 0: a subtree's hash is with the row that
// completes it.
func HashPlace(index int64) (seq int64, place int) {
	level, n := tlog.SplitStoredHashIndex(index)
	return (n + 1) << level, level
}

// peakRow is the row that completed the i-th peak of a tree of size n.
func peakRow(n int64, i int) int64 {
	var row int64
	for bit := 62; bit >= 0; bit-- {
		if n&(1<<bit) == 0 {
			continue
		}
		row += 1 << bit
		if i--; i < 0 {
			break
		}
	}
	return row
}
