package stand

import (
	"net"
	"net/url"
	"os"
	"testing"
)

func TestPostgresStartsAndStops(t *testing.T) {
	Require(t, Database)
	p, err := StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Errorf("nobody listens at %s: %v", u.Host, err)
	} else {
		c.Close()
	}
	if err := p.Stop(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(p.dir); !os.IsNotExist(err) {
		t.Errorf("the folder %s was left behind: %v", p.dir, err)
	}
	if c, err := net.Dial("tcp", u.Host); err == nil {
		c.Close()
		t.Error("the server still listens")
	}
}
