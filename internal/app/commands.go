package app

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"profiledesk/web"
)

// flags is the flag set of one command: its mistakes are told once, on stderr.
func (c command) flags(name string) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return set
}

// parse reads args and refuses words beyond the most that the command takes.
func parse(set *flag.FlagSet, args []string, most int) error {
	if err := set.Parse(args); err != nil {
		return usageError{fmt.Errorf("profiledesk %s: %w", set.Name(), err)}
	}
	if set.NArg() > most {
		return usageError{fmt.Errorf("profiledesk %s: %q is one word too many", set.Name(), set.Arg(most))}
	}
	return nil
}

// serve runs the site until ctx ends.
func (c command) serve(ctx context.Context, args []string) error {
	if err := parse(c.flags("serve"), args, 0); err != nil {
		return err
	}
	config, err := ReadConfig(c.getenv)
	if err != nil {
		return err
	}
	site, err := net.Listen("tcp", config.Addr)
	if err != nil {
		return fmt.Errorf("listen at ADDR: %w", err)
	}
	listeners := Listeners{Site: site}
	if config.MetricsAddr != "" {
		if listeners.Metrics, err = net.Listen("tcp", config.MetricsAddr); err != nil {
			return fmt.Errorf("listen at METRICS_ADDR: %w", errors.Join(err, site.Close()))
		}
	}
	return Serve(ctx, config, listeners, newLogger(c.stderr, config.LogLevel), func() {})
}

// routes prints the table of routes: what each URL asks for.
func (c command) routes(args []string) error {
	set := c.flags("routes")
	asJSON := set.Bool("json", false, "print JSON")
	if err := parse(set, args, 0); err != nil {
		return err
	}
	table := web.Routes()
	if !*asJSON {
		for _, r := range table {
			fmt.Fprintf(c.stdout, "%-6s %-44s %-15s %s\n", r.Method, r.Path, r.Right, r.Scope)
		}
		return nil
	}
	out := json.NewEncoder(c.stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	return out.Encode(table)
}

func (c command) keys(args []string) error {
	if err := parse(c.flags("keys"), args, 0); err != nil {
		return err
	}
	return runKeys(c.stdout)
}

// healthcheck asks the site at ADDR whether it lives. It needs no settings but
// ADDR, so that a container's health check stays cheap.
func (c command) healthcheck(ctx context.Context, args []string) error {
	if err := parse(c.flags("healthcheck"), args, 0); err != nil {
		return err
	}
	addr := c.getenv("ADDR")
	if addr == "" {
		addr = "127.0.0.1:8080"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return &SettingsError{Lines: []string{"ADDR: must be HOST:PORT"}}
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/healthz", nil)
	if err != nil {
		return &SettingsError{Lines: []string{"ADDR: must be HOST:PORT"}}
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return errors.New("healthz does not answer")
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("healthz answers %d", resp.StatusCode)
	}
	return nil
}

// version prints what was built: the module's version and the commit, as the
// Go toolchain stamped them.
func (c command) version(args []string) error {
	if err := parse(c.flags("version"), args, 0); err != nil {
		return err
	}
	_, err := fmt.Fprintln(c.stdout, "profiledesk "+Version())
	return err
}

// Version is the module's version with the commit it was built from, where
// the toolchain recorded one.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	version, commit, dirty := info.Main.Version, "", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value
		case s.Key == "vcs.modified" && s.Value == "true":
			dirty = "+changed"
		}
	}
	if len(commit) > 12 {
		commit = commit[:12]
	}
	if commit == "" {
		return version
	}
	return version + " " + commit + dirty
}
