package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"profiledesk/internal/app"
)

// The stories under testdata are told to the demo's own process: the real
// server among the fakes. A story may say
//
//	site [FLAG…]                    start it; also sets $AEP $IDP $CONTROL $SITE $DATA
//	as NAME                         sign in as a demo account; nobody signs out
//	http METHOD PATH [KEY=VALUE…]   ask; stdout is the status, the headers, an empty line, the body
//	follow                          go where the last answer's Location leads
//	control METHOD PATH [BODY]      ask the control port
//	profiledesk COMMAND…            run a command with the site's settings
//	stop                            end the site with SIGTERM
var demo = filepath.Join(os.TempDir(), fmt.Sprintf("profiledesk-demo-%d", os.Getpid()))

func TestMain(m *testing.M) {
	build := exec.Command("go", append([]string{"build", "-o", demo}, append(raceFlag, "./demo")...)...)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build the demo:", err)
		os.Exit(1)
	}
	code := m.Run()
	os.Remove(demo)
	os.Exit(code)
}

func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"site":        tell((*story).site),
			"as":          tell((*story).as),
			"http":        tell((*story).http),
			"follow":      tell((*story).follow),
			"control":     tell((*story).controlPort),
			"profiledesk": tell((*story).profiledesk),
			"stop":        tell((*story).stop),
		},
		Setup: func(env *testscript.Env) error {
			s := &story{browsers: map[string]*http.Client{}}
			env.Values[storyKey{}] = s
			env.Defer(s.end)
			return nil
		},
	})
}

type storyKey struct{}

// story is one script's site and the people who use it.
type story struct {
	process  *exec.Cmd
	lines    map[string]string // what the demo printed: aep idp control metrics data ready
	browsers map[string]*http.Client
	browser  *http.Client
	location string
}

// tell makes a command of a method that writes its result; an error fails the
// story unless the command was written with a !.
func tell(do func(*story, *testscript.TestScript, io.Writer, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		s := ts.Value(storyKey{}).(*story)
		err := do(s, ts, ts.Stdout(), args)
		if (err != nil) != neg {
			ts.Fatalf("%v: %v", args, err)
		}
	}
}

func (s *story) site(ts *testscript.TestScript, _ io.Writer, args []string) error {
	log, err := os.OpenFile(ts.MkAbs("log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	if err := s.start(ts.MkAbs("data"), log, args...); err != nil {
		return err
	}
	for name, line := range map[string]string{"AEP": "aep", "IDP": "idp", "CONTROL": "control", "SITE": "ready", "DATA": "data", "METRICS": "metrics"} {
		ts.Setenv(name, s.lines[line])
	}
	return nil
}

// start runs the demo on any port, with its data in dir and its log in log.
func (s *story) start(dir string, log io.Writer, args ...string) error {
	s.end()
	s.process = exec.Command(demo, append([]string{"-addr", "127.0.0.1:0", "-data", dir, "-speed", "1000"}, args...)...)
	s.process.Stderr = log
	stdout, err := s.process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.process.Start(); err != nil {
		return err
	}
	s.lines = map[string]string{}
	for scan := bufio.NewScanner(stdout); s.lines["ready"] == "" && scan.Scan(); {
		name, value, _ := strings.Cut(scan.Text(), " ")
		s.lines[name] = value
	}
	if s.lines["ready"] == "" {
		return errors.New("the demo did not become ready")
	}
	s.browsers = map[string]*http.Client{}
	s.browser = newBrowser()
	return nil
}

func newBrowser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, Timeout: 20 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
}

func (s *story) end() {
	if s.process != nil {
		s.process.Process.Signal(syscall.SIGTERM)
		s.process.Wait()
		s.process = nil
	}
}

func (s *story) stop(*testscript.TestScript, io.Writer, []string) error {
	if s.process == nil {
		return errors.New("no site runs")
	}
	s.process.Process.Signal(syscall.SIGTERM)
	err := s.process.Wait()
	s.process = nil
	return err
}

// as signs in through the provider's own form, once for each account.
func (s *story) as(_ *testscript.TestScript, _ io.Writer, args []string) error {
	return s.signedIn(args[0])
}

func (s *story) signedIn(name string) error {
	if s.browsers[name] == nil {
		browser := newBrowser()
		if err := signIn(browser, s.lines["ready"], name); err != nil {
			return err
		}
		s.browsers[name] = browser
	}
	s.browser = s.browsers[name]
	return nil
}

var hidden = regexp.MustCompile(`<input[^>]*type="hidden"[^>]*>`)
var attribute = regexp.MustCompile(`(name|value)="([^"]*)"`)
var action = regexp.MustCompile(`<form[^>]*action="([^"]*)"`)

func signIn(browser *http.Client, site, name string) error {
	step, err := browser.Get(site + "/login/start?return=/")
	if err != nil {
		return err
	}
	for range 8 {
		body, err := io.ReadAll(step.Body)
		step.Body.Close()
		if err != nil {
			return err
		}
		next, err := step.Location()
		switch {
		case err == nil && next.Path == "/" && strings.HasPrefix(next.String(), site):
			return nil
		case err == nil:
			step, err = browser.Get(next.String())
		default:
			step, err = submitPassword(browser, step.Request.URL, string(body), name)
		}
		if err != nil {
			return err
		}
	}
	return errors.New("the sign-in led in circles")
}

func submitPassword(browser *http.Client, page *url.URL, body, name string) (*http.Response, error) {
	fields := url.Values{"username": {name}, "password": {"demo"}}
	for _, input := range hidden.FindAllString(body, -1) {
		var field, value string
		for _, pair := range attribute.FindAllStringSubmatch(input, -1) {
			if pair[1] == "name" {
				field = pair[2]
			} else {
				value = pair[2]
			}
		}
		fields.Set(field, value)
	}
	to := page
	if found := action.FindStringSubmatch(body); found != nil {
		ref, err := url.Parse(strings.ReplaceAll(found[1], "&amp;", "&"))
		if err != nil {
			return nil, err
		}
		to = page.ResolveReference(ref)
	}
	return browser.PostForm(to.String(), fields)
}

func (s *story) http(_ *testscript.TestScript, stdout io.Writer, args []string) error {
	fields := url.Values{}
	for _, pair := range args[2:] {
		key, value, _ := strings.Cut(pair, "=")
		fields.Add(key, value)
	}
	var body io.Reader
	if args[0] == http.MethodPost {
		body = strings.NewReader(fields.Encode())
	}
	req, err := http.NewRequestWithContext(context.Background(), args[0], s.lines["ready"]+args[1], body)
	if err != nil {
		return err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Origin", s.lines["ready"])
	}
	return s.show(req, stdout)
}

func (s *story) follow(_ *testscript.TestScript, stdout io.Writer, _ []string) error {
	req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.location, nil)
	if err != nil {
		return err
	}
	return s.show(req, stdout)
}

func (s *story) show(req *http.Request, stdout io.Writer) error {
	resp, err := s.browser.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if next, err := resp.Location(); err == nil {
		s.location = next.String()
	}
	fmt.Fprintln(stdout, resp.StatusCode)
	resp.Header.Write(stdout)
	fmt.Fprintln(stdout)
	_, err = io.Copy(stdout, resp.Body)
	return err
}

func (s *story) controlPort(_ *testscript.TestScript, stdout io.Writer, args []string) error {
	body := ""
	if len(args) > 2 {
		body = args[2]
	}
	req, err := http.NewRequestWithContext(context.Background(), args[0], s.lines["control"]+args[1], strings.NewReader(body))
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	fmt.Fprintln(stdout, resp.StatusCode)
	_, err = io.Copy(stdout, resp.Body)
	return err
}

// profiledesk runs a command in this process with the settings of the site's
// env file.
func (s *story) profiledesk(ts *testscript.TestScript, stdout io.Writer, args []string) error {
	settings := map[string]string{}
	if text, err := os.ReadFile(ts.MkAbs("data/env")); err == nil {
		for line := range strings.Lines(string(text)) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
			settings[name] = strings.Trim(value, "'")
		}
	}
	getenv := func(name string) string {
		if value := ts.Getenv(name); value != "" {
			return value
		}
		return settings[name]
	}
	if code := app.Main(context.Background(), args, getenv, stdout, ts.Stderr()); code != 0 {
		return fmt.Errorf("exit code %d", code)
	}
	return nil
}
