package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"profiledesk/demo/aep"
	"profiledesk/demo/idp"
)

// fakes are the emulator, its control port and, where a site signs people in,
// the sign-in provider.
type fakes struct {
	aep      *aep.Server
	idp      *idp.Provider
	journal  io.Closer
	servers  []*http.Server
	aepURL   string
	idpURL   string
	control  string
	waitings errgroup.Group
}

// startFakes listens and serves; provider says whether people sign in here, and
// sites where it may send them back to.
func startFakes(o options, provider bool, sites []string, log *slog.Logger) (*fakes, error) {
	f := &fakes{}
	var journal io.Writer
	if o.journal != "" {
		file, err := os.OpenFile(o.journal, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		if err != nil {
			return nil, usageError{fmt.Errorf("demo: -journal: %w", err)}
		}
		f.journal, journal = file, file
	}
	aepLine, err := listen(o.aepAddr, "-aep-addr")
	if err != nil {
		return nil, err
	}
	f.aepURL = "http://" + aepLine.Addr().String()
	if provider {
		if err := f.startProvider(o, sites, log); err != nil {
			return nil, err
		}
	}
	f.aep = aep.New(aep.Config{Speed: o.speed, Journal: journal, SetUser: f.setUser})
	f.serve(aepLine, f.aep)
	controlLine, err := listen(o.controlAddr, "-control-addr")
	if err != nil {
		return nil, err
	}
	f.control = "http://" + controlLine.Addr().String()
	f.serve(controlLine, f.aep.Control())
	return f, nil
}

func (f *fakes) startProvider(o options, sites []string, log *slog.Logger) error {
	line, err := listen(o.idpAddr, "-idp-addr")
	if err != nil {
		return err
	}
	f.idpURL = "http://" + line.Addr().String()
	if f.idp, err = idp.New(idp.Config{Issuer: f.idpURL, Site: sites, Logger: log}); err != nil {
		return fmt.Errorf("start the sign-in provider: %w", err)
	}
	f.serve(line, f.idp.Handler())
	return nil
}

// setUser is what the control port does to an account.
func (f *fakes) setUser(username string, groups []string, disabled bool) error {
	if f.idp == nil {
		return errors.New("there is no sign-in provider with -only aep")
	}
	return f.idp.SetUser(username, groups, disabled)
}

func listen(addr, name string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, usageError{fmt.Errorf("demo: %s must be HOST:PORT on loopback", name)}
	}
	line, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen at %s: %w", name, err)
	}
	return line, nil
}

func (f *fakes) serve(line net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	f.servers = append(f.servers, server)
	f.waitings.Go(func() error {
		if err := server.Serve(line); !errors.Is(err, http.ErrServerClosed) {
			return err
		}
		return nil
	})
}

// stop ends the servers: open requests get a moment, hanging ones do not hold
// the process.
func (f *fakes) stop() error {
	f.aep.Close() // calls that it was told to hold
	ctx, cancel := context.WithTimeout(context.Background(), stopGrace)
	defer cancel()
	for _, server := range f.servers {
		if server.Shutdown(ctx) != nil {
			server.Close()
		}
	}
	err := f.waitings.Wait()
	if f.journal != nil {
		err = errors.Join(err, f.journal.Close())
	}
	return err
}

// credentials is the line that a client of the fakes needs.
func (f *fakes) credentials() string {
	known := f.aep.Credentials()
	line := map[string]string{"client_id": known.ClientID, "client_secret": known.ClientSecret, "org_id": known.OrgID, "scopes": known.Scopes}
	if f.idp != nil {
		line["oidc_client_id"], line["oidc_client_secret"] = f.idp.ClientID, f.idp.ClientSecret
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err) // a map of strings
	}
	return string(text)
}

func runAEP(ctx context.Context, o options, stdout, stderr io.Writer) error {
	f, err := startFakes(o, false, nil, newLog(stderr))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "aep %s\ncontrol %s\ncredentials %s\nready %s\n", f.aepURL, f.control, f.credentials(), f.aepURL)
	<-ctx.Done()
	return f.stop()
}

func runFakes(ctx context.Context, o options, stdout, stderr io.Writer) error {
	f, err := startFakes(o, true, o.sites, newLog(stderr))
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "aep %s\nidp %s\ncontrol %s\ncredentials %s\nready %s\n", f.aepURL, f.idpURL, f.control, f.credentials(), f.aepURL)
	<-ctx.Done()
	return f.stop()
}

func newLog(stderr io.Writer) *slog.Logger { return slog.New(slog.NewJSONHandler(stderr, nil)) }
