package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"time"

	"profiledesk/apiclient"
	"profiledesk/internal/auth"
	"profiledesk/internal/lookup"
	"profiledesk/internal/store"
)

const checkLimit = 30 * time.Second

// finding is what check says of one part.
type finding struct{ state, why string }

func fine() finding             { return finding{state: "ok"} }
func warn(why string) finding   { return finding{"warn", why} }
func failed(why string) finding { return finding{"fail", why} }

// check tries every part and prints a line for each. It changes nothing but
// the probe row by which the store is tried.
func (c command) check(ctx context.Context, args []string) error {
	if err := parse(c.flags("check"), args, 0); err != nil {
		return err
	}
	config, err := ReadConfig(c.getenv)
	if err != nil {
		report(c.stdout, "settings", failed("each mistake has its line below"))
		for _, name := range []string{"policy", "store", "log", "checkpoint", "idp", "token", "probe"} {
			report(c.stdout, name, failed("not tried, because the settings are wrong"))
		}
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, checkLimit)
	defer cancel()
	t := &trial{config: config, log: slog.New(slog.DiscardHandler)}
	bad := false
	for _, part := range []struct {
		name string
		try  func(context.Context) finding
	}{
		{"settings", t.settings}, {"policy", t.policyFile}, {"store", t.database}, {"log", t.logWhole},
		{"checkpoint", t.checkpoint}, {"idp", t.idp}, {"token", t.token}, {"probe", t.probe},
	} {
		found := part.try(ctx)
		bad = bad || found.state == "fail"
		report(c.stdout, part.name, found)
	}
	if bad {
		return errNo
	}
	return nil
}

func report(w io.Writer, name string, f finding) {
	if f.why == "" {
		fmt.Fprintln(w, f.state, name)
		return
	}
	fmt.Fprintf(w, "%s %s: %s\n", f.state, name, f.why)
}

// trial is what check has opened so far.
type trial struct {
	config Config
	log    *slog.Logger
	policy *auth.Policy
	client *apiclient.Client
}

func (t *trial) settings(context.Context) finding {
	var unused []string
	for _, s := range t.config.Given {
		switch s.Name {
		case "NOTIFY_URL", "NOTIFY_KEY", "SMTP_URL", "MAIL_FROM", "AUDIT_STREAM_URL":
			unused = append(unused, s.Name)
		}
	}
	if len(unused) > 0 {
		return warn(strings.Join(unused, ", ") + " set, and used by nothing in this version")
	}
	return fine()
}

func (t *trial) policyFile(context.Context) finding {
	file, err := auth.OpenPolicy(t.config.PolicyFile, time.Now)
	if err != nil {
		return failed(oneLine(err))
	}
	t.policy = file.Current()
	return fine()
}

// database tries the store as it lies there: a running site has its lock, and
// reading does not mind.
func (t *trial) database(ctx context.Context) finding {
	if path, ok := strings.CutPrefix(t.config.DatabaseURL, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
				return failed("the folder of the database does not exist")
			}
			return warn("there is no database yet; serve makes it")
		}
	}
	s, err := store.Open(ctx, store.Config{URL: t.config.DatabaseURL, ReadOnly: true})
	if err != nil {
		return failed(oneLine(err))
	}
	defer s.Close()
	return fine()
}

func (t *trial) logWhole(ctx context.Context) finding {
	s, err := store.Open(ctx, store.Config{URL: t.config.DatabaseURL, ReadOnly: true, VerifierKeys: t.config.VerifierKey, CheckpointFile: t.config.CheckpointFile})
	if err != nil {
		return warn("cannot be read without the store")
	}
	defer s.Close()
	found, err := s.Verify(ctx)
	switch {
	case err != nil:
		return failed(oneLine(err))
	case !found.OK():
		return failed(found.String())
	}
	return fine()
}

func (t *trial) checkpoint(context.Context) finding {
	if t.config.CheckpointFile == "" {
		if t.config.CheckpointURL != "" {
			return fine()
		}
		return warn("neither CHECKPOINT_FILE nor CHECKPOINT_URL is set: whoever can change the database can change the log's past")
	}
	file, err := os.OpenFile(t.config.CheckpointFile, os.O_WRONLY|os.O_APPEND, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		if info, err := os.Stat(filepath.Dir(t.config.CheckpointFile)); err != nil || !info.IsDir() {
			return failed("the folder of CHECKPOINT_FILE does not exist")
		}
		return fine()
	}
	if err != nil {
		return failed("CHECKPOINT_FILE cannot be written")
	}
	file.Close()
	return fine()
}

func (t *trial) idp(ctx context.Context) finding {
	s := &site{config: t.config, log: t.log, now: time.Now}
	provider := s.newProvider()
	if err := provider.Ready(ctx); err != nil {
		return failed(oneLine(err))
	}
	if _, ok := provider.EndSessionURL("", "", ""); !ok {
		return warn("the provider names no end_session_endpoint: signing out ends here only")
	}
	return fine()
}

func (t *trial) token(ctx context.Context) finding {
	client, err := apiclient.New(apiclient.Config{
		URL: t.config.AEPURL, IdentityURL: t.config.AEPIdentityURL, IMSURL: t.config.AEPIMSURL, OrgID: t.config.AEPOrgID,
		ClientID: t.config.AEPClientID, ClientSecret: t.config.AEPClientSecret, Scopes: t.config.AEPScope,
	})
	if err != nil {
		return failed(oneLine(err))
	}
	if err := client.Token(ctx); err != nil {
		client.Close()
		return failed(oneLine(err))
	}
	t.client = client
	return fine()
}

// probe asks what the credential may do in each sandbox that the policy
// mentions.
func (t *trial) probe(ctx context.Context) finding {
	if t.client == nil {
		return failed("there is no token to ask with")
	}
	defer t.client.Close()
	sandboxes, err := t.client.Sandboxes.List(ctx)
	if err != nil {
		return failed(oneLine(err))
	}
	if t.policy == nil {
		return fine()
	}
	service := lookup.New(lookup.Config{Client: t.client, Policy: func() *auth.Policy { return t.policy }})
	defer service.Close()
	var notes []string
	for _, sandbox := range sandboxes {
		if t.policy.Sandbox(sandbox.Name, sandbox.Type).OnePerson() {
			notes = append(notes, sandbox.Name+": one person")
		}
		for _, p := range service.Probe(ctx, sandbox.Name) {
			if p.State != lookup.ProbeOK {
				notes = append(notes, fmt.Sprintf("%s: %s %s", sandbox.Name, p.Name, p.State))
			}
		}
	}
	if len(notes) > 0 {
		return warn(strings.Join(notes, "; "))
	}
	return fine()
}

// oneLine keeps a finding on its line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
