package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strconv"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/store"
)

const auditUsage = `usage: profiledesk audit verify [-database URL] [-key VKEY] -checkpoint FILE
       profiledesk audit export [-database URL] [-from SEQ] [-to SEQ]
       profiledesk audit prove [-database URL] SEQ

VKEY may be several, with blanks between: checkpoints from before a change of
keys need theirs. What is left out comes from the settings.`

// audit reads the log offline: the site may run beside it, or be gone.
func (c command) audit(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return usageError{fmt.Errorf("profiledesk audit: what to do is missing\n\n%s", auditUsage)}
	}
	set := c.flags("audit " + args[0])
	database := set.String("database", "", "")
	switch args[0] {
	case "verify":
		key, file := set.String("key", "", ""), set.String("checkpoint", "", "")
		if err := parse(set, args[1:], 0); err != nil {
			return err
		}
		return c.auditVerify(ctx, *database, *key, *file)
	case "export":
		from, to := set.Int64("from", 1, ""), set.Int64("to", 0, "")
		if err := parse(set, args[1:], 0); err != nil {
			return err
		}
		return c.auditExport(ctx, *database, *from, *to)
	case "prove":
		if err := parse(set, args[1:], 1); err != nil {
			return err
		}
		return c.auditProve(ctx, *database, set)
	}
	return usageError{fmt.Errorf("profiledesk audit: there is no %q\n\n%s", args[0], auditUsage)}
}

// openLog opens the log to be read. What cannot be read is a mistake in what
// was given.
func (c command) openLog(ctx context.Context, database string) (*store.Store, error) {
	if database == "" {
		var wrong mistakes
		database = readSettings(c.getenv, &wrong).DatabaseURL
		if len(wrong) > 0 {
			return nil, &SettingsError{Lines: wrong}
		}
	}
	signer, err := c.signer()
	if err != nil {
		return nil, err
	}
	s, err := store.Open(ctx, store.Config{URL: database, ReadOnly: true, Signer: signer})
	if err != nil {
		return nil, usageError{fmt.Errorf("profiledesk audit: %w", err)}
	}
	return s, nil
}

// signer signs the checkpoint of a proof of a row that is younger than the last
// one kept. Without the setting there is none, and such a row has no proof yet.
func (c command) signer() (note.Signer, error) {
	var wrong mistakes
	key := readSettings(c.getenv, &wrong).AuditSigningKey
	if key == "" {
		return nil, nil
	}
	signer, _, err := signingKeys(key)
	if err != nil {
		return nil, &SettingsError{Lines: []string{"AUDIT_SIGNING_KEY: " + err.Error()}}
	}
	return signer, nil
}

func (c command) auditVerify(ctx context.Context, database, key, file string) error {
	settings := readSettings(c.getenv, new(mistakes))
	if file == "" {
		file = settings.CheckpointFile
	}
	if key == "" && settings.AuditSigningKey != "" {
		var err error
		if _, key, err = signingKeys(settings.AuditSigningKey); err != nil {
			return &SettingsError{Lines: []string{"AUDIT_SIGNING_KEY: " + err.Error()}}
		}
	}
	if file == "" || key == "" {
		return usageError{errors.New("profiledesk audit verify: needs -checkpoint and -key, or CHECKPOINT_FILE and AUDIT_SIGNING_KEY")}
	}
	s, err := c.openLog(ctx, database)
	if err != nil {
		return err
	}
	defer s.Close()
	report, err := s.VerifyLog(ctx, file, key)
	if err != nil {
		return usageError{fmt.Errorf("profiledesk audit verify: %w", err)}
	}
	fmt.Fprintln(c.stdout, report)
	if !report.OK() {
		return errNo
	}
	return nil
}

func (c command) auditExport(ctx context.Context, database string, from, to int64) error {
	if from < 1 || to < 0 || to > 0 && to < from {
		return usageError{errors.New("profiledesk audit export: -from must be 1 or more, and -to not before it")}
	}
	s, err := c.openLog(ctx, database)
	if err != nil {
		return err
	}
	defer s.Close()
	out := bufio.NewWriter(c.stdout)
	for leaf, err := range s.Leaves(ctx, from, to) {
		if err != nil {
			return fmt.Errorf("export the log: %w", err)
		}
		out.Write(leaf)
		out.WriteByte('\n')
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("export the log: %w", err)
	}
	return nil
}

func (c command) auditProve(ctx context.Context, database string, set *flag.FlagSet) error {
	seq, err := strconv.ParseInt(set.Arg(0), 10, 64)
	if err != nil || seq < 1 {
		return usageError{errors.New("profiledesk audit prove: needs the number of a row")}
	}
	s, err := c.openLog(ctx, database)
	if err != nil {
		return err
	}
	defer s.Close()
	proof, err := s.Prove(ctx, seq)
	if err != nil {
		return fmt.Errorf("prove row %d: %w", seq, err)
	}
	out := json.NewEncoder(c.stdout)
	out.SetEscapeHTML(false)
	return out.Encode(proof)
}
