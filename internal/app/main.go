// Package app is the assembly: settings in, a running site out, and the
// commands that stand beside it. Nothing imports it but main and the demo.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// Exit codes of every command.
const (
	exitFine  = 0 // done and fine
	exitNo    = 1 // the answer is no, or it failed on the way
	exitWrong = 2 // what was given is wrong or cannot be read: flags, settings, files
)

// errNo ends a command whose answer is no and has been printed already.
var errNo = errors.New("the answer is no")

// usageError is about what was typed.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

const usage = `usage: profiledesk [command]

  serve         run the site (default)
  check         try settings, policy, store, log, checkpoint, sign-in and Adobe
  routes -json  every URL with the right it asks for
  audit         verify, export or prove the log
  keys          print fresh keys
  healthcheck   ask the site at ADDR whether it lives
  version       print the version

Settings come from the environment; a secret may be in the file that NAME_FILE names.
`

// command is what one invocation may use of the outside.
type command struct {
	getenv         func(string) string
	stdout, stderr io.Writer
}

// Main runs the command that args name (without the program's own name) and
// returns the process's exit code. Results go to stdout, words and logs to
// stderr. It returns when the command is done or ctx ends.
func Main(ctx context.Context, args []string, getenv func(string) string, stdout, stderr io.Writer) int {
	c := command{getenv: getenv, stdout: stdout, stderr: stderr}
	err := c.run(ctx, args)
	var settings *SettingsError
	var wrong usageError
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, errNo):
		return exitNo
	case errors.As(err, &settings), errors.As(err, &wrong):
		fmt.Fprintln(stderr, err)
		return exitWrong
	default:
		fmt.Fprintf(stderr, "profiledesk: %v\n", err)
		return exitNo
	}
}

func (c command) run(ctx context.Context, args []string) error {
	name, rest := "serve", args
	if len(args) > 0 {
		name, rest = args[0], args[1:]
	}
	switch name {
	case "serve":
		return c.serve(ctx, rest)
	case "check":
		return c.check(ctx, rest)
	case "routes":
		return c.routes(rest)
	case "audit":
		return c.audit(ctx, rest)
	case "keys":
		return c.keys(rest)
	case "healthcheck":
		return c.healthcheck(ctx, rest)
	case "version":
		return c.version(rest)
	case "help", "-h", "-help", "--help":
		_, err := io.WriteString(c.stdout, usage)
		return err
	}
	return usageError{fmt.Errorf("profiledesk: there is no command %q\n\n%s", name, usage)}
}

// newLogger is the one logger of the process: JSON lines on w.
func newLogger(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
}
