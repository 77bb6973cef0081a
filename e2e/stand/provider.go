package stand

import (
	"context"
	"crypto/rand"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Provider is the OpenID provider that is not ours, in Node.
type Provider struct {
	*Process
	Issuer                 string
	ClientID, ClientSecret string
}

// NewProvider is a provider that does not run yet, on a port that was free a moment
// ago: a site can be told of it before it is there.
func NewProvider() (*Provider, error) {
	addr, err := FreeAddr()
	if err != nil {
		return nil, err
	}
	return &Provider{Issuer: "http://" + addr, ClientID: "profiledesk-e2e", ClientSecret: rand.Text()}, nil
}

// StartProvider runs p, with provider.mjs, for a site at the origin given.
func (b Binaries) StartProvider(ctx context.Context, p *Provider, site string) error {
	_, port, err := net.SplitHostPort(strings.TrimPrefix(p.Issuer, "http://"))
	if err != nil {
		return err
	}
	cmd := exec.Command("node", "provider.mjs")
	cmd.Dir = filepath.Join(b.Root, "e2e")
	cmd.Env = append(os.Environ(), "PORT="+port, "SITE="+site, "CLIENT_ID="+p.ClientID, "CLIENT_SECRET="+p.ClientSecret)
	p.Process, err = start(ctx, "provider", cmd)
	return err
}

// Settings are what a site needs to sign people in here.
func (p *Provider) Settings() map[string]string {
	return map[string]string{"OIDC_ISSUER": p.Issuer, "OIDC_CLIENT_ID": p.ClientID, "OIDC_CLIENT_SECRET": p.ClientSecret}
}
