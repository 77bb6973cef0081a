package stand

import (
	"context"
	"crypto/rand"
	"os"
	"os/exec"
	"path/filepath"
)

// Provider is the OpenID provider that is not ours, in Node.
type Provider struct {
	*Process
	Issuer                 string
	ClientID, ClientSecret string
}

// StartProvider runs provider.mjs for a site at the origin given.
func (b Binaries) StartProvider(ctx context.Context, site string) (*Provider, error) {
	p := &Provider{ClientID: "profiledesk-e2e", ClientSecret: rand.Text()}
	cmd := exec.Command("node", "provider.mjs")
	cmd.Dir = filepath.Join(b.Root, "e2e")
	cmd.Env = append(os.Environ(), "PORT=0", "SITE="+site, "CLIENT_ID="+p.ClientID, "CLIENT_SECRET="+p.ClientSecret)
	var err error
	if p.Process, err = start(ctx, "provider", cmd); err != nil {
		return nil, err
	}
	p.Issuer = p.lines["ready"]
	return p, nil
}

// Settings are what a site needs to sign people in here.
func (p *Provider) Settings() map[string]string {
	return map[string]string{"OIDC_ISSUER": p.Issuer, "OIDC_CLIENT_ID": p.ClientID, "OIDC_CLIENT_SECRET": p.ClientSecret}
}
