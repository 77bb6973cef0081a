package stand

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
)

// Postgres is a database server of our own, in a folder of its own.
type Postgres struct {
	URL string // of the database "app"
	bin string
	dir string
}

// StartPostgres makes a cluster in a temporary folder and starts it on a free port.
// The server refuses to run as root: there it runs as the user postgres.
func StartPostgres(ctx context.Context) (*Postgres, error) {
	bin, err := postgresBin()
	if err != nil {
		return nil, err
	}
	// Short: the socket's path has a limit of about a hundred bytes.
	dir, err := os.MkdirTemp("/tmp", "pg")
	if err != nil {
		return nil, err
	}
	p := &Postgres{bin: bin, dir: dir}
	if err := p.start(ctx); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

func (p *Postgres) start(ctx context.Context) error {
	if os.Getuid() == 0 {
		if err := giveTo("postgres", p.dir); err != nil {
			return err
		}
	}
	addr, err := FreeAddr()
	if err != nil {
		return err
	}
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	data := filepath.Join(p.dir, "d")
	for _, step := range [][]string{
		{"initdb", "-D", data, "-U", "app", "-A", "trust", "--encoding=UTF8", "--locale=C.UTF-8", "-N"},
		{"pg_ctl", "-D", data, "-w", "-t", "30", "-l", filepath.Join(p.dir, "log"), "-o",
			"-p " + port + " -c listen_addresses=127.0.0.1 -c unix_socket_directories=" + p.dir, "start"},
		{"createdb", "-h", "127.0.0.1", "-p", port, "-U", "app", "app"},
	} {
		if err := p.run(ctx, step...); err != nil {
			return err
		}
	}
	p.URL = "postgres://app@127.0.0.1:" + port + "/app"
	return nil
}

// Stop ends the server and removes its folder.
func (p *Postgres) Stop() error {
	err := p.run(context.Background(), "pg_ctl", "-D", filepath.Join(p.dir, "d"), "-m", "immediate", "-w", "stop")
	os.RemoveAll(p.dir)
	return err
}

func (p *Postgres) run(ctx context.Context, args ...string) error {
	args = append([]string{filepath.Join(p.bin, args[0])}, args[1:]...)
	if os.Getuid() == 0 {
		args = append([]string{"setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"}, args...)
	}
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Dir = "/" // postgres may not enter ours
	// A file, not a pipe: the server that pg_ctl leaves behind would hold a pipe open.
	out, err := os.CreateTemp("", "pg")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	defer out.Close()
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, said)
	}
	return nil
}

func giveTo(name, dir string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return err
	}
	return os.Chown(dir, uid, gid)
}

// postgresBin is the folder of the newest server that is installed.
func postgresBin() (string, error) {
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb"); len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	if path, err := exec.LookPath("initdb"); err == nil {
		return filepath.Dir(path), nil
	}
	return "", fmt.Errorf("no PostgreSQL server is installed (initdb was not found)")
}
