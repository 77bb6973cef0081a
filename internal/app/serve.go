package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"runtime/debug"
	"time"

	"golang.org/x/sync/errgroup"
)

// Listeners are what the site serves on. Metrics may be nil: off.
type Listeners struct{ Site, Metrics net.Listener }

func (l Listeners) close() error {
	errs := []error{l.Site.Close()}
	if l.Metrics != nil {
		errs = append(errs, l.Metrics.Close())
	}
	return errors.Join(errs...)
}

const (
	drainLimit   = 30 * time.Second // for requests that are open when the end comes
	headerLimit  = 10 * time.Second
	idleLimit    = 2 * time.Minute
	headerBytes  = 32 << 10
	metricsLimit = 30 * time.Second
)

// Serve runs the site on the listeners until ctx ends, and calls ready when
// the first page can be served. It returns when the last request was answered
// or cut off after 30 seconds, the last events are on disk and the store is
// closed. It owns the listeners.
func Serve(ctx context.Context, config Config, listeners Listeners, log *slog.Logger, ready func()) error {
	collectLess()
	s, err := build(ctx, config, log)
	if err != nil {
		return errors.Join(err, listeners.close())
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	background := s.runBackground(running)
	err = s.serveUntil(ctx, listeners, ready)
	stop()
	return errors.Join(err, background.Wait(), s.close())
}

// collectLess lets the heap, which is a few megabytes, grow to three times what
// is in use before it is collected, instead of twice: pages make garbage faster
// than they keep anything. It leaves a setting of GOGC's own alone.
func collectLess() {
	const usual = 100
	if before := debug.SetGCPercent(2 * usual); before != usual {
		debug.SetGCPercent(before)
	}
}

// runBackground starts what runs beside requests: it ends with ctx.
func (s *site) runBackground(ctx context.Context) *errgroup.Group {
	var group errgroup.Group
	for _, run := range s.background {
		group.Go(func() error {
			run(ctx)
			return nil
		})
	}
	return &group
}

// serveUntil serves until ctx ends and drains. ListenAndServe returns when a
// shutdown begins, so the shutdown's own end is what is waited for.
func (s *site) serveUntil(ctx context.Context, listeners Listeners, ready func()) error {
	servers := []*http.Server{s.newServer(s.handler)}
	lines := []net.Listener{listeners.Site}
	if listeners.Metrics != nil {
		metrics := s.newServer(s.metrics)
		metrics.WriteTimeout = metricsLimit
		servers, lines = append(servers, metrics), append(lines, listeners.Metrics)
	}
	var group errgroup.Group
	failed := make(chan struct{}, len(servers))
	for i, server := range servers {
		group.Go(func() error {
			if err := server.Serve(lines[i]); !errors.Is(err, http.ErrServerClosed) {
				failed <- struct{}{}
				return fmt.Errorf("serve: %w", err)
			}
			return nil
		})
	}
	ready()
	select {
	case <-ctx.Done():
	case <-failed:
	}
	s.draining.Store(true)
	drained := drain(servers)
	return errors.Join(group.Wait(), drained)
}

func drain(servers []*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), drainLimit)
	defer cancel()
	var errs []error
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("drain: %w", err), server.Close())
		}
	}
	return errors.Join(errs...)
}

// newServer has no write timeout: the table of routes says how long each URL
// may take, and downloads set deadlines of their own.
func (s *site) newServer(handler http.Handler) *http.Server {
	return &http.Server{
		Handler: handler, ReadHeaderTimeout: headerLimit, IdleTimeout: idleLimit, MaxHeaderBytes: headerBytes,
		DisableGeneralOptionsHandler: true, // its answer to OPTIONS * would be the only one without our headers
		ErrorLog:                     slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
}
