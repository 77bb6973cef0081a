package web

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"profiledesk/internal/auth"
)

const requestIDHeader = "X-Request-Id"

// requestID mints the id of the request: one from outside could be made to
// look like another's in the log. It also finds the route, which all that
// follows asks for.
func (s *server) requestID(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		id := rand.Text()
		r := c.Request()
		r.Header.Del(requestIDHeader)
		ctx := auth.WithClientIP(auth.WithRequestID(r.Context(), id), c.RealIP())
		c.SetRequest(r.WithContext(ctx))
		c.Response().Header().Set(requestIDHeader, id)
		route := s.find(c)
		c.Set(routeKey, route)
		deadline(c, route)
		return next(c)
	}
}

// recovered turns a panic into an error that says where, and not with what: a
// value in the text might be a customer's.
func (s *server) recovered(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		defer func() {
			switch v := recover(); v {
			case nil:
			case http.ErrAbortHandler:
				panic(v)
			default:
				err = fail(http.StatusInternalServerError, KeyBroken, fmt.Errorf("panic of type %T at %s", v, panicPlace()))
				s.finish(c, err)
				err = nil
			}
		}()
		return next(c)
	}
}

// panicPlace is the function and line that panicked.
func panicPlace() string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	panicked := false
	for {
		f, more := frames.Next()
		if panicked && !strings.HasPrefix(f.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", f.Function, f.Line)
		}
		panicked = panicked || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}

const startKey = "web.start"

// observed writes the line of the request, and its metrics, when it is done.
func (s *server) observed(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		c.Set(startKey, s.Now())
		s.finish(c, next(c))
		return nil
	}
}

// finish answers with err, if the handler has not answered, and says what came
// of the request.
func (s *server) finish(c echo.Context, err error) {
	if err != nil && !c.Response().Committed {
		s.Pages.Error(err, c)
	}
	start, ok := c.Get(startKey).(time.Time)
	if !ok {
		start = s.Now()
	}
	took := s.Now().Sub(start)
	route, method := routeName(c), methodName(c.Request().Method)
	status := c.Response().Status
	s.Metrics.observe(route, method, status, took)
	s.trace(c, route, method, status)
	s.logLine(c, route, method, status, took, err)
}

func (s *server) logLine(c echo.Context, route, method string, status int, took time.Duration, err error) {
	ctx := c.Request().Context()
	attrs := []slog.Attr{
		slog.String("request_id", auth.RequestIDFrom(ctx)),
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if u := auth.UserFrom(ctx); u.Known() {
		attrs = append(attrs, slog.String("user", s.Fingerprint(u.Issuer, u.Subject)))
	}
	level := slog.LevelInfo
	if err != nil {
		attrs = append(attrs, slog.String("err", errorText(err)))
	}
	if status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	s.Logger.LogAttrs(ctx, level, "request", attrs...)
}

// errorText is err for the log: of an echo error the cause, where it has one.
func errorText(err error) string {
	var he *echo.HTTPError
	switch {
	case !errors.As(err, &he):
		return err.Error()
	case he.Internal != nil:
		return fmt.Sprintf("%v: %v", he.Message, he.Internal)
	}
	return fmt.Sprint(he.Message)
}

func (s *server) trace(c echo.Context, route, method string, status int) {
	span := trace.SpanFromContext(c.Request().Context())
	if !span.IsRecording() {
		return
	}
	span.SetName(method + " " + route)
	span.SetAttributes(
		attribute.String("http.route", route), attribute.Int("http.response.status_code", status),
		attribute.String("request_id", auth.RequestIDFrom(c.Request().Context())),
	)
}

// routeName is the pattern of the route, never the URL.
func routeName(c echo.Context) string {
	if r := routeOf(c); r != nil {
		return r.Path
	}
	return "none"
}

// methodName is a method we know, so that a stranger cannot fill the metrics.
func methodName(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// fail is an error with its status and the key of its sentence.
func fail(status int, key string, cause error) error {
	return echo.NewHTTPError(status, key).SetInternal(cause)
}
