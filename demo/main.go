// The demo is the real site among make-believe neighbours, in one process and
// on loopback only: go run ./demo.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"profiledesk/internal/app"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(exitCode(err))
	}
}

// exitCode is 2 where what was given is wrong, 1 where something else is.
func exitCode(err error) int {
	var usage usageError
	var settings *app.SettingsError
	if errors.As(err, &usage) || errors.As(err, &settings) {
		return 2
	}
	return 1
}

// usageError is about what was typed.
type usageError struct{ error }

// options are the flags of the demo.
type options struct {
	addr, aepAddr, idpAddr, controlAddr string
	data, journal, policy, only         string
	speed                               float64
	sites                               []string
}

func readOptions(args []string, stderr io.Writer) (options, error) {
	var o options
	set := flag.NewFlagSet("demo", flag.ContinueOnError)
	set.SetOutput(stderr)
	set.StringVar(&o.addr, "addr", "127.0.0.1:8080", "where the site listens; port 0 picks one")
	set.StringVar(&o.data, "data", "", "`folder` that keeps database, checkpoint, keys and env (default: a temporary one)")
	set.StringVar(&o.aepAddr, "aep-addr", "127.0.0.1:0", "where the emulator of Adobe's API listens")
	set.StringVar(&o.idpAddr, "idp-addr", "127.0.0.1:0", "where the sign-in provider listens")
	set.StringVar(&o.controlAddr, "control-addr", "127.0.0.1:0", "where the control port listens")
	set.StringVar(&o.journal, "journal", "", "`file` that gets a JSON line for each request to the emulator")
	set.Float64Var(&o.speed, "speed", 1, "divides the emulator's waits")
	set.StringVar(&o.policy, "policy", "", "policy `file` instead of the demo's own")
	set.StringVar(&o.only, "only", "", "aep: the emulator alone; fakes: emulator and sign-in provider")
	set.Func("site", "with -only fakes: an `origin` that the provider may return to (repeatable)", func(s string) error {
		o.sites = append(o.sites, s)
		return nil
	})
	if err := set.Parse(args); err != nil {
		return o, usageError{err}
	}
	switch {
	case set.NArg() > 0:
		return o, usageError{fmt.Errorf("demo: %q is one word too many", set.Arg(0))}
	case !slices.Contains([]string{"", "aep", "fakes"}, o.only):
		return o, usageError{fmt.Errorf("demo: -only takes aep or fakes, not %q", o.only)}
	case o.speed <= 0 || o.speed > 1e6:
		return o, usageError{errors.New("demo: -speed must be above 0 and at most 1,000,000")}
	case len(o.sites) > 0 && o.only != "fakes":
		return o, usageError{errors.New("demo: -site goes with -only fakes")}
	}
	return o, nil
}

// run starts what the flags ask for and ends with ctx.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := readOptions(args, stderr)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	slog.SetDefault(newLog(stderr)) // of libraries that know no other
	switch o.only {
	case "aep":
		return runAEP(ctx, o, stdout, stderr)
	case "fakes":
		return runFakes(ctx, o, stdout, stderr)
	}
	return runSite(ctx, o, stdout, stderr)
}

// stopGrace is how long an open request of a fake may go on after the end.
const stopGrace = 2 * time.Second
