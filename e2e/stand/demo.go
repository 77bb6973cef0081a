package stand

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"time"
)

// Demo is a running demo, or with Fakes the emulator and sign-in provider alone.
type Demo struct {
	*Process
	AEP, IDP, Control, Metrics, Data string
	Site                             string // empty for the fakes
	Credentials                      Credentials
}

// Credentials are what a site needs to use the fakes.
type Credentials struct {
	ClientID         string `json:"client_id"`
	ClientSecret     string `json:"client_secret"`
	OrgID            string `json:"org_id"`
	Scopes           string `json:"scopes"`
	OIDCClientID     string `json:"oidc_client_id"`
	OIDCClientSecret string `json:"oidc_client_secret"`
}

// StartDemo runs the demo with flags, its site on a free port.
func (b Binaries) StartDemo(ctx context.Context, flags ...string) (*Demo, error) {
	p, err := start(ctx, "demo", exec.Command(b.Demo, append([]string{"-addr", "127.0.0.1:0"}, flags...)...))
	if err != nil {
		return nil, err
	}
	d := demo(p)
	d.Site = p.lines["ready"]
	return d, nil
}

// StartFakes runs the fakes for sites at the origins given.
func (b Binaries) StartFakes(ctx context.Context, sites ...string) (*Demo, error) {
	args := []string{"-only", "fakes"}
	for _, s := range sites {
		args = append(args, "-site", s)
	}
	p, err := start(ctx, "fakes", exec.Command(b.Demo, args...))
	if err != nil {
		return nil, err
	}
	d := demo(p)
	if err := json.Unmarshal([]byte(p.lines["credentials"]), &d.Credentials); err != nil {
		p.Kill()
		return nil, fmt.Errorf("line credentials of the fakes: %w", err)
	}
	return d, nil
}

func demo(p *Process) *Demo {
	return &Demo{Process: p, AEP: p.lines["aep"], IDP: p.lines["idp"], Control: p.lines["control"], Metrics: p.lines["metrics"], Data: p.lines["data"]}
}

// SetUser gives an account groups, and disables or enables it, through the control port.
func (d *Demo) SetUser(ctx context.Context, username string, groups []string, disabled bool) error {
	return d.control(ctx, http.MethodPut, "/idp/users/"+username, map[string]any{"groups": groups, "disabled": disabled})
}

// AddRule makes trouble at the emulator, in the fields that the control port takes.
func (d *Demo) AddRule(ctx context.Context, rule map[string]any) error {
	return d.control(ctx, http.MethodPost, "/rules", rule)
}

func (d *Demo) control(ctx context.Context, method, path string, body any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, method, d.Control+path, bytes.NewReader(data))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return fmt.Errorf("control port: %s %s: %s: %s", method, path, resp.Status, answer)
	}
	return nil
}
