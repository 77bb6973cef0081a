package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/audit"
)

// VerifyLog computes the whole log again, as one moment has it, and compares it
// with what is stored and with every checkpoint in the file at checkpoints (a
// checkpoint file or one bare note). keys are verifier keys with blanks between.
// An error that wraps [audit.ErrCheckpoint] says that the file cannot be used;
// what is wrong with the log stands in the report.
func (s *Store) VerifyLog(ctx context.Context, checkpoints, keys string) (audit.Report, error) {
	verifiers, err := audit.ParseKeys(keys)
	if err != nil {
		return audit.Report{}, fmt.Errorf("%w: %w", audit.ErrCheckpoint, err)
	}
	list, err := audit.ReadCheckpoints(checkpoints) // before the log: what is signed meanwhile is not missing in it
	if err != nil {
		return audit.Report{}, err
	}
	return s.verify(ctx, list, verifiers)
}

// Verify is VerifyLog with the checkpoint file and the keys that the store was
// opened with. Without a file, the checkpoint in the database alone is used.
func (s *Store) Verify(ctx context.Context) (audit.Report, error) {
	if s.cfg.CheckpointFile != "" {
		if _, ok, err := audit.LastCheckpoint(s.cfg.CheckpointFile); ok || err != nil {
			return s.VerifyLog(ctx, s.cfg.CheckpointFile, s.cfg.VerifierKeys)
		}
	}
	verifiers, err := audit.ParseKeys(s.cfg.VerifierKeys)
	if err != nil {
		return audit.Report{}, fmt.Errorf("%w: %w", audit.ErrCheckpoint, err)
	}
	return s.verify(ctx, nil, verifiers)
}

func (s *Store) verify(ctx context.Context, list []audit.Checkpoint, verifiers note.Verifiers) (audit.Report, error) {
	signed, err := openAll(list, verifiers)
	if err != nil {
		return audit.Report{}, err
	}
	var report audit.Report
	err = s.read(ctx, func(tx *sql.Tx) error {
		report, err = verifyIn(ctx, tx, signed, verifiers)
		return err
	})
	return report, err
}

// openAll checks the signatures. The same note again, as signed while nothing
// happened, is checked once. Notes of keys that are not given may stand before
// the first one that can be checked, as they do after a change of keys: they say
// nothing then, and the later ones were signed for all the rows before them.
func openAll(list []audit.Checkpoint, verifiers note.Verifiers) ([]audit.Tree, error) {
	var signed []audit.Tree
	for i, c := range list {
		if i > 0 && c.Note == list[i-1].Note && c.Size == list[i-1].Size {
			continue
		}
		tree, err := c.Open(verifiers)
		var foreign *note.UnverifiedNoteError
		if errors.As(err, &foreign) && len(signed) == 0 && i < len(list)-1 {
			continue
		}
		if err != nil {
			return nil, err
		}
		signed = append(signed, tree)
	}
	return signed, nil
}

func verifyIn(ctx context.Context, tx *sql.Tx, signed []audit.Tree, verifiers note.Verifiers) (audit.Report, error) {
	var head audit.Head
	err := tx.QueryRowContext(ctx, "SELECT size, peaks FROM audit_head WHERE one = 1").Scan(&head.Size, &head.Peaks)
	if err != nil && !none(err) { // without the row, whatever is there is beyond the head
		return audit.Report{}, fmt.Errorf("read head of the log: %w", err)
	}
	kept, ok, err := lastCheckpoint(ctx, tx)
	if err != nil {
		return audit.Report{}, err
	}
	keptBad := false
	if ok {
		tree, err := kept.Open(verifiers)
		if keptBad = err != nil; !keptBad {
			signed = append(signed, tree)
		}
	}
	report, err := audit.Verify(rows(ctx, tx), head, signed)
	if err != nil || !report.OK() {
		return report, err
	}
	if keptBad {
		return report.Damaged(max(min(kept.Size, report.Size), 1), "the checkpoint that the database keeps for it was not signed by this key"), nil
	}
	return verifyMentions(ctx, tx, report)
}

// rows are the rows of the log, in order.
func rows(ctx context.Context, tx *sql.Tx) iter.Seq2[audit.Row, error] {
	return func(yield func(audit.Row, error) bool) {
		rows, err := tx.QueryContext(ctx, "SELECT seq, leaf, hash, at, kind, sandbox, actor, actor_name FROM audit_event ORDER BY seq")
		if err != nil {
			yield(audit.Row{}, err)
			return
		}
		defer rows.Close()
		for rows.Next() {
			var r audit.Row
			x := &r.Index
			if err := rows.Scan(&r.Seq, &r.Leaf, &r.Hashes, &x.At, &x.Kind, &x.Sandbox, &x.Actor, &x.Name); err != nil {
				yield(audit.Row{}, err)
				return
			}
			if !yield(r, nil) {
				return
			}
		}
		if err := rows.Err(); err != nil {
			yield(audit.Row{}, err)
		}
	}
}

// verifyMentions compares what rows are found by with what their leaves say.
// One pass in any order tells whether all is well. Only where it is not, the
// mentions are read again in the order of their rows, to find the first bad one.
func verifyMentions(ctx context.Context, tx *sql.Tx, report audit.Report) (audit.Report, error) {
	var stored audit.MentionSet
	err := eachMention(ctx, tx, "SELECT seq, mention FROM audit_mention", stored.Add)
	if err != nil || stored == report.Mentions {
		return report, err
	}
	var found []audit.Mention
	err = eachMention(ctx, tx, "SELECT seq, mention FROM audit_mention ORDER BY seq, mention", func(seq int64, mention string) {
		found = append(found, audit.Mention{Seq: seq, Text: mention})
	})
	if err != nil {
		return report, err
	}
	seq, err := audit.FirstMisfound(rows(ctx, tx), found)
	if err != nil {
		return report, fmt.Errorf("read the log: %w", err)
	}
	return report.Damaged(seq, "it is not found by what its leaf mentions, or by something else"), nil
}

func eachMention(ctx context.Context, tx *sql.Tx, query string, fn func(seq int64, mention string)) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq int64
		var mention string
		if err := rows.Scan(&seq, &mention); err != nil {
			return fmt.Errorf("read the log: %w", err)
		}
		fn(seq, mention)
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read the log: %w", err)
	}
	return nil
}

// Prove shows that the event with that seq is in the log that the newest
// checkpoint was signed for. An error wraps [ErrNoEvent] or
// [audit.ErrNotCovered]; the latter only where no signer is at hand.
func (s *Store) Prove(ctx context.Context, seq int64) (audit.Proof, error) {
	var p audit.Proof
	err := s.read(ctx, func(tx *sql.Tx) error {
		leaf, err := readLeaf(ctx, tx, seq)
		if err != nil {
			return err
		}
		c, err := s.covering(ctx, tx, seq)
		if err != nil {
			return err
		}
		p, err = audit.Prove(seq, leaf, c, hashReader(ctx, tx))
		return err
	})
	return p, err
}

// covering is the kept checkpoint, or a fresh one where that is too old.
func (s *Store) covering(ctx context.Context, tx *sql.Tx, seq int64) (audit.Checkpoint, error) {
	c, ok, err := lastCheckpoint(ctx, tx)
	if err != nil || ok && c.Size >= seq || s.cfg.Signer == nil {
		return c, err
	}
	head, err := readHead(ctx, tx, "")
	if err != nil {
		return c, err
	}
	return audit.SignCheckpoint(head.Tree(), s.now(), s.cfg.Signer)
}
