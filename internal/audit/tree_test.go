package audit

import (
	"fmt"
	"testing"

	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

// stored is a plain list of tlog's stored hashes: what the rows hold, flattened.
type stored []tlog.Hash

func (s stored) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x >= int64(len(s)) {
			return nil, fmt.Errorf("no hash %d", x)
		}
		out[i] = s[x]
	}
	return out, nil
}

func TestFrontierIsTheTreeOfRFC6962(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		leaves := rapid.SliceOfN(rapid.SliceOf(rapid.Byte()), 0, 80).Draw(t, "leaves")
		var f Frontier
		var all stored
		for n, leaf := range leaves {
			want, err := tlog.StoredHashes(int64(n), leaf, all)
			if err != nil {
				t.Fatal(err)
			}
			got := f.Append(leaf)
			if string(JoinHashes(got)) != string(JoinHashes(want)) {
				t.Fatalf("row %d: Append keeps %v, tlog %v", n+1, got, want)
			}
			for place := range got {
				seq, at := HashPlace(int64(len(all) + place))
				if seq != int64(n+1) || at != place {
					t.Fatalf("HashPlace(%d) = row %d place %d, want row %d place %d", len(all)+place, seq, at, n+1, place)
				}
			}
			all = append(all, got...)
		}
		root, err := tlog.TreeHash(int64(len(leaves)), all)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Tree(); got != (Tree{Size: int64(len(leaves)), Root: root}) {
			t.Fatalf("Tree() = %v, want root %v", got, root)
		}
		again, err := ParseFrontier(f.Size, JoinHashes(f.Peaks))
		if err != nil || again.Tree() != f.Tree() {
			t.Fatalf("ParseFrontier gives %v, %v", again.Tree(), err)
		}
	})
}

func TestFrontierCopiesStayApart(t *testing.T) {
	var f Frontier
	for i := range 6 {
		f.Append([]byte{byte(i)})
	}
	a, b := f, f
	a.Append([]byte("a"))
	b.Append([]byte("b"))
	b.Append([]byte("c"))
	if a.Tree().Root == b.Tree().Root || f.Size != 6 {
		t.Error("two trees that grew from one share their peaks")
	}
	want := Frontier{}
	for i := range 6 {
		want.Append([]byte{byte(i)})
	}
	want.Append([]byte("a"))
	if a.Tree() != want.Tree() {
		t.Errorf("Tree() = %v after another copy grew, want %v", a.Tree(), want.Tree())
	}
}
