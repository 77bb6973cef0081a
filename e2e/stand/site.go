package stand

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Site is one running replica of the built site.
type Site struct {
	*Process
	Addr string // host:port that it listens at
}

// Keys are the key settings that all replicas of a site share, as fresh as
// `profiledesk keys` prints them.
func (b Binaries) Keys(ctx context.Context) (map[string]string, error) {
	out, err := exec.CommandContext(ctx, b.Site, "keys").Output()
	if err != nil {
		return nil, fmt.Errorf("profiledesk keys: %w", err)
	}
	keys := map[string]string{}
	for line := range strings.Lines(string(out)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(name, "#") {
			keys[name] = strings.Trim(value, "'")
		}
	}
	return keys, nil
}

// Settings joins what a site over the fakes needs beside keys, addresses and provider.
func (d *Demo) Settings() map[string]string {
	c := d.Credentials
	return map[string]string{
		"AEP_URL": d.AEP, "AEP_IDENTITY_URL": d.AEP, "AEP_IMS_URL": d.AEP + "/ims",
		"AEP_ORG_ID": c.OrgID, "AEP_CLIENT_ID": c.ClientID, "AEP_CLIENT_SECRET": c.ClientSecret, "AEP_SCOPES": c.Scopes,
	}
}

// StartSite runs the built binary with the settings alone as its environment, and
// waits until /readyz says yes. ADDR is set here, to a free port.
func (b Binaries) StartSite(ctx context.Context, settings ...map[string]string) (*Site, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(b.Site, "serve")
	cmd.Env = []string{"HOME=" + os.TempDir(), "PATH=" + os.Getenv("PATH"), "ADDR=" + addr}
	host := addr
	for _, set := range settings {
		for name, value := range set {
			cmd.Env = append(cmd.Env, name+"="+value)
			if name == "PUBLIC_URL" {
				host = strings.TrimPrefix(value, "http://")
			}
		}
	}
	p, err := launch("site", cmd)
	if err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	watch, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		for watch.Err() == nil && !answers(watch, addr, host) {
			time.Sleep(50 * time.Millisecond)
		}
		if watch.Err() == nil {
			close(ready)
		}
	}()
	if err := p.await(ctx, ready); err != nil {
		return nil, err
	}
	return &Site{Process: p, Addr: addr}, nil
}

func answers(ctx context.Context, addr, host string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false
	}
	req.Host = host
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

// FreeAddr is a loopback address that was free a moment ago.
func FreeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
