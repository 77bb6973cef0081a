package main

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"

	"profiledesk/internal/app"
)

//go:embed policy.yaml
var demoPolicy []byte

// runSite runs the real site among the fakes. Standard output holds the lines
// that scripts read, and nothing else.
func runSite(ctx context.Context, o options, stdout, stderr io.Writer) error {
	dir, temporary, err := dataFolder(o.data)
	if err != nil {
		return err
	}
	if temporary {
		defer os.RemoveAll(dir)
	}
	listeners, err := siteListeners(o)
	if err != nil {
		return err
	}
	public := "http://" + listeners.Site.Addr().String()
	f, err := startFakes(o, true, []string{public}, newLog(stderr))
	if err != nil {
		return err
	}
	settings, err := siteSettings(o, dir, public, listeners.Metrics.Addr().String(), f)
	if err != nil {
		return errors.Join(err, f.stop())
	}
	config, err := app.ReadConfig(func(name string) string { return settings[name] })
	if err != nil {
		return errors.Join(err, f.stop())
	}
	config.Demo = true
	fmt.Fprintf(stdout, "aep %s\nidp %s\ncontrol %s\nmetrics http://%s\ndata %s\n", f.aepURL, f.idpURL, f.control, listeners.Metrics.Addr(), dir)
	log := slog.New(slog.NewJSONHandler(stderr, &slog.HandlerOptions{Level: config.LogLevel}))
	err = app.Serve(ctx, config, listeners, log, func() { fmt.Fprintf(stdout, "ready %s\n", public) })
	return errors.Join(err, f.stop())
}

func siteListeners(o options) (app.Listeners, error) {
	site, err := listen(o.addr, "-addr")
	if err != nil {
		return app.Listeners{}, err
	}
	metrics, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return app.Listeners{}, fmt.Errorf("listen for metrics: %w", errors.Join(err, site.Close()))
	}
	return app.Listeners{Site: site, Metrics: metrics}, nil
}

// dataFolder is the folder of -data, or a temporary one that goes with the demo.
func dataFolder(name string) (dir string, temporary bool, err error) {
	if name == "" {
		dir, err = os.MkdirTemp("", "profiledesk-")
		return dir, true, err
	}
	if err := os.MkdirAll(name, 0o700); err != nil {
		return "", false, usageError{fmt.Errorf("demo: -data: %w", err)}
	}
	dir, err = filepath.Abs(name)
	return dir, false, err
}

// siteSettings are the settings of the site, written to the data folder's env
// too, so that the built binary can be pointed at the same things.
func siteSettings(o options, dir, public, metrics string, f *fakes) (map[string]string, error) {
	policy := filepath.Join(dir, "policy.yaml")
	if o.policy != "" {
		var err error
		if policy, err = filepath.Abs(o.policy); err != nil {
			return nil, err
		}
	} else if err := os.WriteFile(policy, demoPolicy, 0o600); err != nil {
		return nil, fmt.Errorf("write the demo's policy: %w", err)
	}
	lines, err := siteKeys(filepath.Join(dir, "keys"))
	if err != nil {
		return nil, err
	}
	known := f.aep.Credentials()
	lines = append(lines, [][2]string{
		{"ADDR", strings.TrimPrefix(public, "http://")},
		{"PUBLIC_URL", public},
		{"DATABASE_URL", "sqlite:" + filepath.Join(dir, "profiledesk.db")},
		{"POLICY_FILE", policy},
		{"CHECKPOINT_FILE", filepath.Join(dir, "checkpoint")},
		{"OIDC_ISSUER", f.idpURL},
		{"OIDC_CLIENT_ID", f.idp.ClientID},
		{"OIDC_CLIENT_SECRET", f.idp.ClientSecret},
		{"AEP_URL", f.aepURL},
		{"AEP_IDENTITY_URL", f.aepURL},
		{"AEP_IMS_URL", f.aepURL + "/ims"},
		{"AEP_ORG_ID", known.OrgID},
		{"AEP_CLIENT_ID", known.ClientID},
		{"AEP_CLIENT_SECRET", known.ClientSecret},
		{"AEP_SCOPES", known.Scopes},
		{"METRICS_ADDR", metrics},
	}...)
	settings := map[string]string{}
	for _, line := range lines {
		settings[line[0]] = line[1]
	}
	return settings, writeLines(filepath.Join(dir, "env"), lines)
}

// siteKeys reads the keys of an earlier run from file, or makes them.
func siteKeys(file string) ([][2]string, error) {
	text, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		made, err := app.FreshKeys()
		if err != nil {
			return nil, err
		}
		return made, writeLines(file, made)
	}
	if err != nil {
		return nil, fmt.Errorf("read the keys: %w", err)
	}
	defer text.Close()
	var kept [][2]string
	lines := bufio.NewScanner(text)
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), "="); ok {
			kept = append(kept, [2]string{name, strings.Trim(value, "'")})
		}
	}
	return kept, lines.Err()
}

// writeLines writes NAME='value' lines as a shell reads them.
func writeLines(file string, lines [][2]string) error {
	var text strings.Builder
	for _, line := range lines {
		fmt.Fprintf(&text, "%s='%s'\n", line[0], strings.ReplaceAll(line[1], "'", `'\''`))
	}
	if err := os.WriteFile(file, []byte(text.String()), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(file), err)
	}
	return nil
}
