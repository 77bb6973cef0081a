package audit

import (
	"crypto/rand"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// keyPair is a signer with the verifiers of its checkpoints.
func keyPair(t testing.TB) (note.Signer, note.Verifiers) {
	t.Helper()
	skey, vkey, err := note.GenerateKey(rand.Reader, "test")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := ParseKeys(vkey)
	if err != nil {
		t.Fatal(err)
	}
	return signer, keys
}

// failer is a test, or one try of a property.
type failer interface {
	Helper()
	Fatal(args ...any)
}

// log is a log in memory.
type log struct {
	rows   []Row
	head   Head
	signed []Tree // at each size
	tree   Frontier
}

func newLog(t failer, size int) *log {
	t.Helper()
	var l log
	l.signed = append(l.signed, l.tree.Tree())
	for n := 1; n <= size; n++ {
		e := Event{Seq: int64(n), At: noon.Add(time.Duration(n) * time.Second), Kind: ProfileLookup, Sandbox: "dev", Actor: Actor{Subject: "s", Name: "Ana"}, Reason: fmt.Sprint(n)}
		leaf, err := e.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		l.rows = append(l.rows, Row{Seq: e.Seq, Leaf: leaf, Hashes: JoinHashes(l.tree.Append(leaf)), Index: e.Index()})
		l.signed = append(l.signed, l.tree.Tree())
	}
	l.head = Head{Size: int64(size), Peaks: JoinHashes(l.tree.Peaks)}
	return &l
}

func (l *log) all() iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		for _, r := range l.rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestVerifyOfWholeLogs(t *testing.T) {
	for size := range 70 {
		l := newLog(t, size)
		report, err := Verify(l.all(), l.head, l.signed)
		if err != nil || !report.OK() || report.Size != int64(size) || report.Root != l.tree.Tree().Root {
			t.Fatalf("Verify() of %d rows = %v, %v", size, report, err)
		}
	}
}

func TestVerifyFindsAnySingleByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(1, 40).Draw(t, "size")
		l := newLog(t, size)
		bad := rapid.IntRange(1, size).Draw(t, "row")
		row := &l.rows[bad-1]
		part := rapid.SampledFrom([]string{"leaf", "hashes", "at", "kind", "sandbox", "actor", "name"}).Draw(t, "part")
		bit := byte(1) << rapid.IntRange(0, 7).Draw(t, "bit")
		flip := func(b []byte) []byte {
			b = slices.Clone(b)
			b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= bit
			return b
		}
		switch part {
		case "leaf":
			row.Leaf = flip(row.Leaf)
		case "hashes":
			row.Hashes = flip(row.Hashes)
		default:
			text := map[string]*string{"at": &row.Index.At, "kind": &row.Index.Kind, "sandbox": &row.Index.Sandbox, "actor": &row.Index.Actor, "name": &row.Index.Name}[part]
			*text = string(flip([]byte(*text)))
		}
		for name, signed := range map[string][]Tree{"all": l.signed, "last": l.signed[size:], "none": nil} {
			report, err := Verify(l.all(), l.head, signed)
			if err != nil || report.Bad != int64(bad) {
				t.Fatalf("%s of row %d of %d changed, %s signed: Verify() = %v, %v", part, bad, size, name, report, err)
			}
		}
	})
}

func TestVerifyFindsRowsOutOfPlace(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(t *testing.T, l *log)
		bad    int64
	}{
		{"one missing", func(t *testing.T, l *log) { l.rows = slices.Delete(l.rows, 4, 5) }, 5},
		{"the first missing", func(t *testing.T, l *log) { l.rows = l.rows[1:] }, 1},
		{"the tail missing", func(t *testing.T, l *log) { l.rows = l.rows[:6] }, 7},
		{"the tail missing, and the head made to fit", func(t *testing.T, l *log) { *l = log{rows: l.rows[:6], head: newLog(t, 6).head, signed: l.signed} }, 7},
		{"all missing", func(t *testing.T, l *log) { *l = log{signed: l.signed} }, 1},
		{"two swapped", func(t *testing.T, l *log) { l.rows[2], l.rows[7] = l.rows[7], l.rows[2] }, 3},
		{"two swapped, numbers kept", func(t *testing.T, l *log) {
			l.rows[2], l.rows[7] = l.rows[7], l.rows[2]
			l.rows[2].Seq, l.rows[7].Seq = 3, 8
		}, 3},
		{"one twice", func(t *testing.T, l *log) { l.rows = slices.Insert(l.rows, 4, l.rows[3]) }, 4},
		{"one more", func(t *testing.T, l *log) { l.rows = newLog(t, 11).rows }, 11},
		{"a row before all", func(t *testing.T, l *log) { l.rows = slices.Insert(l.rows, 0, Row{Seq: 0}) }, 1},
		{"the head short", func(t *testing.T, l *log) { l.head.Size = 8 }, 9},
		{"the head long", func(t *testing.T, l *log) { l.head.Size = 12 }, 11},
		{"the head's first peak", func(t *testing.T, l *log) { l.head.Peaks[0] ^= 1 }, 8},
		{"the head's last peak", func(t *testing.T, l *log) { l.head.Peaks[32] ^= 1 }, 10},
		{"the head without peaks", func(t *testing.T, l *log) { l.head.Peaks = nil }, 10},
	} {
		t.Run(tt.name, func(t *testing.T) {
			l := newLog(t, 10)
			tt.change(t, l)
			report, err := Verify(l.all(), l.head, l.signed)
			if err != nil || report.Bad != tt.bad {
				t.Errorf("Verify() = %v, %v; want bad seq=%d", report, err, tt.bad)
			}
			if want := fmt.Sprintf("bad seq=%d: ", tt.bad); !strings.HasPrefix(report.String(), want) {
				t.Errorf("String() = %q, want it to begin with %q", report.String(), want)
			}
		})
	}
}

func TestVerifyHoldsARewrittenLogAgainstWhatWasSigned(t *testing.T) {
	honest, forged := newLog(t, 20), newLog(t, 0)
	for _, row := range honest.rows {
		e, err := ParseLeaf(row.Leaf)
		if err != nil {
			t.Fatal(err)
		}
		if e.Seq == 12 {
			e.Actor.Name = "Somebody Else"
		}
		leaf, err := e.Leaf()
		if err != nil {
			t.Fatal(err)
		}
		forged.rows = append(forged.rows, Row{Seq: e.Seq, Leaf: leaf, Hashes: JoinHashes(forged.tree.Append(leaf)), Index: e.Index()})
	}
	forged.head = Head{Size: 20, Peaks: JoinHashes(forged.tree.Peaks)}
	for _, tt := range []struct {
		sizes []int
		bad   int64
	}{{nil, 0}, {[]int{11}, 0}, {[]int{20}, 1}, {[]int{5, 15}, 6}, {[]int{11, 12}, 12}, {[]int{18, 11}, 12}} {
		var signed []Tree
		for _, size := range tt.sizes {
			signed = append(signed, honest.signed[size])
		}
		if report, err := Verify(forged.all(), forged.head, signed); err != nil || report.Bad != tt.bad {
			t.Errorf("signed at %v: Verify() = %v, %v; want bad seq=%d", tt.sizes, report, err, tt.bad)
		}
	}
}

func TestVerifyTellsErrorsOfReading(t *testing.T) {
	broken := errors.New("broken")
	_, err := Verify(func(yield func(Row, error) bool) { yield(Row{}, broken) }, Head{}, nil)
	if !errors.Is(err, broken) {
		t.Errorf("Verify() = %v, want the error of reading", err)
	}
}

func TestCheckpoint(t *testing.T) {
	signer, keys := keyPair(t)
	tree := newLog(t, 5).tree.Tree()
	c, err := SignCheckpoint(tree, noon, signer)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.Open(keys); err != nil || got != tree {
		t.Errorf("Open() = %v, %v; want %v", got, err, tree)
	}
	if lines := strings.Split(c.Note, "\n"); lines[0] != "profiledesk" || lines[1] != "5" || lines[2] != tree.Root.String() || lines[3] != "" {
		t.Errorf("the note is %q", c.Note)
	}
	_, others := keyPair(t)
	if _, err := c.Open(others); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("Open() with another key = %v, want ErrCheckpoint", err)
	}
	for i := range c.Note {
		bad := c
		bad.Note = c.Note[:i] + string(c.Note[i]^1) + c.Note[i+1:]
		if got, err := bad.Open(keys); err == nil && got != tree { // base64 ends in bits that mean nothing
			t.Errorf("with byte %d changed it opens as %v", i, got)
		}
	}
	for i := range strings.Index(c.Note, "\n\n") {
		bad := c
		bad.Note = c.Note[:i] + string(c.Note[i]^1) + c.Note[i+1:]
		if _, err := bad.Open(keys); err == nil {
			t.Errorf("with byte %d of what was signed changed it opens", i)
		}
	}
	c.Size = 6
	if _, err := c.Open(keys); !errors.Is(err, ErrCheckpoint) {
		t.Errorf("Open() of another size = %v, want ErrCheckpoint", err)
	}
}

func TestCheckpointFileOnlyGrows(t *testing.T) {
	signer, _ := keyPair(t)
	path := filepath.Join(t.TempDir(), "checkpoint")
	if _, ok, err := LastCheckpoint(path); ok || err != nil {
		t.Errorf("LastCheckpoint(no file) = %t, %v", ok, err)
	}
	l := newLog(t, 200)
	for size := 1; size <= 200; size++ {
		c, err := SignCheckpoint(l.signed[size], noon.Add(time.Duration(size)*time.Minute), signer)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		if size%50 == 0 { // a crash left half a line
			f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0o600)
			if err != nil {
				t.Fatal(err)
			}
			f.WriteString(`{"at":"2026-`)
			f.Close()
			if last, ok, err := LastCheckpoint(path); !ok || err != nil || last.Size != int64(size-1) {
				t.Errorf("LastCheckpoint(half a line) = %v, %t, %v", last, ok, err)
			}
		}
		if err := AppendCheckpoint(path, c); err != nil {
			t.Fatal(err)
		}
		after, _ := os.ReadFile(path)
		if want := string(before) + string(c.Line()); string(after) != want {
			t.Fatalf("after line %d the file does not have the old lines and the new one", size)
		}
		if last, ok, err := LastCheckpoint(path); !ok || err != nil || last != c {
			t.Fatalf("LastCheckpoint() = %v, %t, %v; want %v", last, ok, err, c)
		}
	}
	list, err := ReadCheckpoints(path)
	if err != nil || len(list) != 200 {
		t.Errorf("ReadCheckpoints() = %d, %v; want 200", len(list), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file's mode is %v, %v", info.Mode(), err)
	}
}

// Replicas share the file: no line is lost, and none is written over another.
func TestCheckpointFileIsShared(t *testing.T) {
	signer, keys := keyPair(t)
	path := filepath.Join(t.TempDir(), "checkpoint")
	const writers, lines = 8, 25
	var wait sync.WaitGroup
	for w := range writers {
		wait.Go(func() {
			for i := range lines {
				size := int64(1)
				for range (w*lines + i) % 9 { // lines of different lengths
					size *= 10
				}
				c, err := SignCheckpoint(Tree{Size: size}, time.Unix(0, 0), signer)
				if err == nil {
					err = AppendCheckpoint(path, c)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	list, err := ReadCheckpoints(path)
	if err != nil || len(list) != writers*lines {
		t.Fatalf("%d lines, %v; want %d", len(list), err, writers*lines)
	}
	for _, c := range list {
		if _, err := c.Open(keys); err != nil {
			t.Fatal(err)
		}
	}
}

func TestParseCheckpoints(t *testing.T) {
	signer, keys := keyPair(t)
	c, err := SignCheckpoint(newLog(t, 3).tree.Tree(), noon, signer)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := ParseCheckpoints([]byte(c.Note))
	if err != nil || len(bare) != 1 || bare[0].Size != 3 {
		t.Fatalf("ParseCheckpoints(bare note) = %v, %v", bare, err)
	}
	if _, err := bare[0].Open(keys); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{
		"nothing": "", "blanks": " \n\n", "words": "hello", "other note": "other\n3\nx\n\n— x y\n", "half a line": `{"at":`,
		"a bad line between": string(c.Line()) + "{oops}\n" + string(c.Line()), "a list": "[1]",
	} {
		if list, err := ParseCheckpoints([]byte(text)); !errors.Is(err, ErrCheckpoint) {
			t.Errorf("%s: ParseCheckpoints() = %v, %v; want ErrCheckpoint", name, list, err)
		}
	}
}

func FuzzParseCheckpoints(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-24T12:00:00Z","size":3,"note":"profiledesk\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— test AAAA\n"}` + "\n"))
	f.Add([]byte("profiledesk\n3\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n— test AAAA\n"))
	_, keys := keyPair(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := ParseCheckpoints(data)
		if err != nil {
			return
		}
		for _, c := range list {
			if tree, err := c.Open(keys); err == nil {
				t.Errorf("opens as %v, and nobody signed it", tree)
			}
		}
	})
}

func TestProof(t *testing.T) {
	signer, keys := keyPair(t)
	for _, size := range []int{1, 2, 3, 8, 21} {
		l := newLog(t, size)
		var hashes stored
		for _, r := range l.rows {
			list, err := SplitHashes(r.Hashes)
			if err != nil {
				t.Fatal(err)
			}
			hashes = append(hashes, list...)
		}
		c, err := SignCheckpoint(l.tree.Tree(), noon, signer)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range l.rows {
			p, err := Prove(row.Seq, row.Leaf, c, hashes)
			if err != nil {
				t.Fatal(err)
			}
			if e, err := VerifyProof(p, keys); err != nil || e.Seq != row.Seq {
				t.Fatalf("VerifyProof(%d of %d) = %d, %v", row.Seq, size, e.Seq, err)
			}
			refuse(t, p, keys)
		}
		if _, err := Prove(int64(size)+1, nil, c, hashes); !errors.Is(err, ErrNotCovered) {
			t.Errorf("Prove() beyond the checkpoint = %v, want ErrNotCovered", err)
		}
	}
}

// refuse holds that no part of a proof can be another.
func refuse(t *testing.T, p Proof, keys note.Verifiers) {
	t.Helper()
	bad := map[string]Proof{"seq": p, "leaf": p, "size": p, "more hashes": p, "checkpoint": p}
	edit := func(name string, change func(p *Proof)) {
		q := bad[name]
		change(&q)
		bad[name] = q
	}
	edit("seq", func(p *Proof) { p.Seq++ })
	edit("leaf", func(p *Proof) { p.Leaf = strings.Replace(p.Leaf, "Ana", "Bia", 1) })
	edit("size", func(p *Proof) { p.Size++ })
	edit("more hashes", func(p *Proof) { p.Hashes = append(slices.Clone(p.Hashes), make([]byte, 32)) })
	edit("checkpoint", func(p *Proof) { p.Checkpoint = strings.Replace(p.Checkpoint, "profiledesk", "profiledosk", 1) })
	for i := range p.Hashes {
		q := p
		q.Hashes = slices.Clone(p.Hashes)
		q.Hashes[i] = append([]byte{p.Hashes[i][0] ^ 1}, p.Hashes[i][1:]...)
		bad[fmt.Sprintf("hash %d", i)] = q
	}
	for name, q := range bad {
		if _, err := VerifyProof(q, keys); err == nil {
			t.Errorf("row %d: with another %s the proof holds", p.Seq, name)
		}
	}
}
