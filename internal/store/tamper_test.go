package store

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"profiledesk/internal/audit"
)

// untrigger lets the test do what the triggers refuse.
func untrigger(t testing.TB, s *Store) {
	t.Helper()
	statements := []string{
		"ALTER TABLE audit_event DISABLE TRIGGER ALL", "ALTER TABLE audit_mention DISABLE TRIGGER ALL", "ALTER TABLE audit_head DISABLE TRIGGER ALL",
		"GRANT ALL ON audit_event, audit_mention, audit_head TO CURRENT_USER",
	}
	if s.dialect.name == "sqlite" {
		rows, err := s.r.Query("SELECT name FROM sqlite_schema WHERE type = 'trigger'")
		if err != nil {
			t.Fatal(err)
		}
		names, err := texts(rows)
		if err != nil {
			t.Fatal(err)
		}
		statements = nil
		for _, name := range names {
			statements = append(statements, "DROP TRIGGER "+name)
		}
	}
	for _, q := range statements {
		if _, err := s.w.Exec(q); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
}

func TestTriggersRefuseChangesToOldRows(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 12)
		statements := []string{
			"UPDATE audit_event SET leaf = leaf || ' ' WHERE seq = 3",
			"UPDATE audit_event SET kind = 'session.start'",
			"DELETE FROM audit_event WHERE seq = 12",
			"DELETE FROM audit_event",
			"UPDATE audit_mention SET mention = 's:x'",
			"DELETE FROM audit_mention WHERE seq = 1",
			"UPDATE audit_head SET size = 3",
			"DELETE FROM audit_head",
			"INSERT INTO audit_head (one, size, peaks) VALUES (1, 0, '')",
		}
		if s.dialect.name == "sqlite" {
			statements = append(statements,
				"INSERT OR REPLACE INTO audit_event SELECT seq, 'x', hash, at, kind, sandbox, actor, actor_name FROM audit_event WHERE seq = 5",
				"REPLACE INTO audit_mention (mention, seq) VALUES ('s:x', 5)")
		} else {
			statements = append(statements, "TRUNCATE audit_event", "TRUNCATE audit_mention", "TRUNCATE audit_head", "TRUNCATE audit_event, audit_mention, audit_head CASCADE",
				"INSERT INTO audit_event SELECT * FROM audit_event WHERE seq = 5 ON CONFLICT (seq) DO UPDATE SET leaf = 'x'")
		}
		for _, q := range statements {
			if _, err := s.w.Exec(q); err == nil {
				t.Errorf("%s was not refused", q)
			}
		}
		whole(t, s, 12)
	})
}

// change is one change to the stored log and the row that must be named.
type change struct {
	name  string
	query string
	bad   int64
}

func changes() []change {
	return []change{
		{"leaf's actor", `UPDATE audit_event SET leaf = replace(leaf, '"name":"Ana', '"name":"Bia') WHERE seq = 7`, 7},
		{"leaf's space", "UPDATE audit_event SET leaf = leaf || ' ' WHERE seq = 40", 40},
		{"time column", "UPDATE audit_event SET at = '2020-01-01T00:00:00.000000Z' WHERE seq = 8", 8},
		{"kind column", "UPDATE audit_event SET kind = 'session.start' WHERE seq = 9", 9},
		{"sandbox column", "UPDATE audit_event SET sandbox = 'prod' WHERE seq = 10", 10},
		{"actor column", "UPDATE audit_event SET actor = 'nobody' WHERE seq = 11", 11},
		{"actor's name column", "UPDATE audit_event SET actor_name = '' WHERE seq = 12", 12},
		{"hashes of another row", "UPDATE audit_event SET hash = (SELECT hash FROM audit_event WHERE seq = 14) WHERE seq = 13", 13},
		{"no hashes", "UPDATE audit_event SET hash = substr(hash, 1, 31) WHERE seq = 17", 17},
		{"row taken out", "DELETE FROM audit_event WHERE seq = 20", 20},
		{"first row taken out", "DELETE FROM audit_event WHERE seq = 1", 1},
		{"last row taken out", "DELETE FROM audit_event WHERE seq = 130", 130},
		{"tail taken off", "DELETE FROM audit_event WHERE seq > 90", 91},
		{"row moved away", "UPDATE audit_event SET seq = 5000 WHERE seq = 30", 30},
		{"row added", "INSERT INTO audit_event SELECT 131, leaf, hash, at, kind, sandbox, actor, actor_name FROM audit_event WHERE seq = 130", 131},
		{"head put back", "UPDATE audit_head SET size = 100", 101},
		{"head put forward", "UPDATE audit_head SET size = 140", 131},
		{"head taken out", "DELETE FROM audit_head", 1},
		{"mention changed", "UPDATE audit_mention SET mention = 'r:other' WHERE mention = 'r:op-32'", 33},
		{"mention taken out", "DELETE FROM audit_mention WHERE mention = 'r:req-50'", 51},
		{"mention added", "INSERT INTO audit_mention (mention, seq) VALUES ('s:new', 60)", 60},
		{"mention of no row", "INSERT INTO audit_mention (mention, seq) VALUES ('s:new', 131)", 131},
		{"mention of a row before all", "INSERT INTO audit_mention (mention, seq) VALUES ('s:new', 0)", 1},
		{"mention moved", "UPDATE audit_mention SET seq = 99 WHERE mention = 'r:op-70'", 71},
	}
}

// undo writes back what dump read.
func undo(t *testing.T, s *Store, dump map[string][][]any) {
	t.Helper()
	for table, rows := range dump {
		if _, err := s.w.Exec("DELETE FROM " + table); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			if _, err := s.w.Exec("INSERT INTO "+table+" VALUES "+places(1, len(row)), row...); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func dump(t *testing.T, s *Store) map[string][][]any {
	t.Helper()
	out := map[string][][]any{}
	for _, table := range []string{"audit_event", "audit_mention", "audit_head", "audit_checkpoint"} {
		rows, err := s.w.Query("SELECT * FROM " + table)
		if err != nil {
			t.Fatal(err)
		}
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			row, to := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				to[i] = &row[i]
			}
			if err := rows.Scan(to...); err != nil {
				t.Fatal(err)
			}
			out[table] = append(out[table], row)
		}
		if err := rows.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestVerifyNamesTheFirstBadRow(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 130)
		if err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		waitCheckpoint(t, cfg.CheckpointFile, 130)
		whole(t, s, 130)
		untrigger(t, s)
		before := dump(t, s)
		for _, c := range changes() {
			t.Run(c.name, func(t *testing.T) {
				defer undo(t, s, before)
				if _, err := s.w.Exec(c.query); err != nil {
					t.Fatal(err)
				}
				report, err := s.Verify(t.Context())
				if err != nil || report.OK() || report.Bad != c.bad {
					t.Errorf("Verify() = %v, %v; want bad seq=%d", report, err, c.bad)
				}
			})
		}
		t.Run("leaves of two rows swapped", func(t *testing.T) {
			defer undo(t, s, before)
			swap(t, s, 21, 25)
			report, err := s.Verify(t.Context())
			if err != nil || report.Bad != 21 {
				t.Errorf("Verify() = %v, %v; want bad seq=21", report, err)
			}
		})
		t.Run("all untouched", func(t *testing.T) { whole(t, s, 130) })
	})
}

// swap exchanges all of two rows but their numbers.
func swap(t *testing.T, s *Store, a, b int64) {
	t.Helper()
	const to = "UPDATE audit_event SET seq = $1 WHERE seq = $2"
	for _, move := range [][2]int64{{9999, a}, {a, b}, {b, 9999}} {
		if _, err := s.w.Exec(to, move[0], move[1]); err != nil {
			t.Fatal(err)
		}
	}
}

// TestAnyByteOfTheLogIsHeld changes one random byte of one random cell of the
// log at a time. The row it is in must be named.
func TestAnyByteOfTheLogIsHeld(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 37)
		if err := s.Checkpoint(t.Context()); err != nil {
			t.Fatal(err)
		}
		waitCheckpoint(t, cfg.CheckpointFile, 37)
		untrigger(t, s)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		random := rand.New(rand.NewPCG(seed, 1))
		columns := []string{"leaf", "hash", "at", "kind", "sandbox", "actor", "actor_name"}
		for range 150 {
			seq, column := 1+random.Int64N(37), columns[random.IntN(len(columns))]
			was := cell(t, s, seq, column)
			is := flip(random, was, column != "hash")
			setCell(t, s, seq, column, is)
			report, err := s.Verify(t.Context())
			if err != nil || report.Bad != seq {
				t.Fatalf("row %d, %s: %q for %q: Verify() = %v, %v", seq, column, is, was, report, err)
			}
			setCell(t, s, seq, column, was)
		}
		whole(t, s, 37)
		for place := range 3 * 32 { // 37 = 32+4+1: three peaks
			peaks := headPeaks(t, s)
			was := peaks[place]
			peaks[place] ^= 1 << random.IntN(8)
			setPeaks(t, s, peaks)
			want := []int64{32, 36, 37}[place/32]
			if report, err := s.Verify(t.Context()); err != nil || report.Bad != want {
				t.Fatalf("byte %d of the head: Verify() = %v, %v; want bad seq=%d", place, report, err, want)
			}
			peaks[place] = was
			setPeaks(t, s, peaks)
		}
		whole(t, s, 37)
	})
}

func flip(random *rand.Rand, cell any, text bool) any {
	if !text {
		b := append([]byte(nil), cell.([]byte)...)
		b[random.IntN(len(b))] ^= 1 << random.IntN(8)
		return b
	}
	b := []byte(cell.(string))
	at := random.IntN(len(b))
	for {
		if c := byte(0x20 + random.IntN(0x5f)); c != b[at] {
			b[at] = c
			return string(b)
		}
	}
}

func cell(t *testing.T, s *Store, seq int64, column string) any {
	t.Helper()
	var v any
	if err := s.w.QueryRow("SELECT "+column+" FROM audit_event WHERE seq = $1", seq).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func setCell(t *testing.T, s *Store, seq int64, column string, v any) {
	t.Helper()
	if _, err := s.w.Exec("UPDATE audit_event SET "+column+" = $1 WHERE seq = $2", v, seq); err != nil {
		t.Fatal(err)
	}
}

func headPeaks(t *testing.T, s *Store) (peaks []byte) {
	t.Helper()
	if err := s.w.QueryRow("SELECT peaks FROM audit_head").Scan(&peaks); err != nil {
		t.Fatal(err)
	}
	return peaks
}

func setPeaks(t *testing.T, s *Store, peaks []byte) {
	t.Helper()
	if _, err := s.w.Exec("UPDATE audit_head SET peaks = $1", peaks); err != nil {
		t.Fatal(err)
	}
}

// TestARewrittenLogIsNotTheSignedOne rewrites a row and everything that follows
// from it, as somebody could who has the whole database.
func TestARewrittenLogIsNotTheSignedOne(t *testing.T) {
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	s := open(t, cfg)
	record(t, s, 150)
	shut(t, s)
	forged := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "forged"))
	forged.CheckpointFile = ""
	f := open(t, forged)
	err := f.Tx(t.Context(), func(tx *Tx) error {
		for leaf, err := range reopen(t, cfg).Leaves(t.Context(), 1, 0) {
			if err != nil {
				return err
			}
			e, err := audit.ParseLeaf(leaf)
			if err != nil {
				return err
			}
			if e.Seq == 120 {
				e.Actor.Name = "Somebody Else"
			}
			if err := tx.Append(t.Context(), &e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	report, err := f.VerifyLog(t.Context(), cfg.CheckpointFile, testVerifier)
	if err != nil || report.Bad != 101 || !strings.Contains(report.What, "up to 150") {
		t.Errorf("VerifyLog() = %v, %v; want the rows after the last checkpoint that agrees", report, err)
	}
}

// reopen reads the database of a closed store.
func reopen(t *testing.T, cfg Config) *Store {
	t.Helper()
	cfg.ReadOnly = true
	return open(t, cfg)
}

func TestCheckpointThatTheDatabaseKeeps(t *testing.T) {
	everywhere(t, func(t *testing.T, cfg Config) {
		s := open(t, cfg)
		record(t, s, 100)
		waitCheckpoint(t, cfg.CheckpointFile, 100)
		if _, err := s.w.Exec("UPDATE audit_checkpoint SET note = replace(note, 'profiledesk', 'profiledosk')"); err != nil {
			t.Fatal(err)
		}
		report, err := s.Verify(t.Context())
		if err != nil || report.Bad != 100 {
			t.Errorf("Verify() = %v, %v; want bad seq=100", report, err)
		}
	})
}

func TestVerifyWithAnotherKeySaysNothingAboutTheLog(t *testing.T) {
	cfg := testConfig(t, "sqlite:"+filepath.Join(t.TempDir(), "db"))
	s := open(t, cfg)
	record(t, s, 3)
	shut(t, s)
	other := "test+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
	for name, keys := range map[string]string{"none": "", "no key": "x", "another": other} {
		if report, err := reopen(t, cfg).VerifyLog(t.Context(), cfg.CheckpointFile, keys); err == nil {
			t.Errorf("%s: VerifyLog() = %v, want an error", name, report)
		}
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if report, err := reopen(t, cfg).VerifyLog(t.Context(), empty, testVerifier); err == nil {
		t.Errorf("VerifyLog(empty file) = %v, want an error", report)
	}
}
