package stand

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// startTime is how long a program may take until it is ready.
const startTime = 60 * time.Second

// Process is a program that runs until Stop.
type Process struct {
	name   string
	cmd    *exec.Cmd
	exited chan struct{}
	err    error // what Wait said, once exited is closed
	said   *tail
	lines  map[string]string // first word of each line on standard output → the rest
}

// launch starts cmd, with its standard error kept.
func launch(name string, cmd *exec.Cmd) (*Process, error) {
	p := &Process{name: name, cmd: cmd, exited: make(chan struct{}), said: &tail{}, lines: map[string]string{}}
	cmd.Stderr = p.said
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// start launches cmd and reads its standard output until a line begins with "ready".
func start(ctx context.Context, name string, cmd *exec.Cmd) (*Process, error) {
	out, in := io.Pipe()
	cmd.Stdout = in
	p, err := launch(name, cmd)
	if err != nil {
		return nil, err
	}
	go func() {
		<-p.exited
		in.Close()
	}()
	ready := make(chan struct{})
	go func() {
		s := bufio.NewScanner(out)
		for s.Scan() {
			word, rest, _ := strings.Cut(s.Text(), " ")
			p.lines[word] = rest
			if word == "ready" {
				close(ready)
				break
			}
		}
		io.Copy(io.Discard, out)
	}()
	return p, p.await(ctx, ready)
}

// await waits for ready; a program that does not get there is stopped.
func (p *Process) await(ctx context.Context, ready <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	select {
	case <-ready:
		return nil
	case <-p.exited:
		return fmt.Errorf("%s ended before it was ready: %v\n%s", p.name, p.err, p.said)
	case <-ctx.Done():
		p.Kill()
		return fmt.Errorf("%s is not ready: %w\n%s", p.name, ctx.Err(), p.said)
	}
}

// Stop sends SIGTERM and waits. A program that ends otherwise than with 0, or not
// within 35 seconds, is an error with the end of what it said on standard error.
func (p *Process) Stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
		if p.err != nil {
			return fmt.Errorf("%s: %w\n%s", p.name, p.err, p.said)
		}
		return nil
	case <-time.After(35 * time.Second):
		p.Kill()
		return errors.New(p.name + " did not end after SIGTERM\n" + p.said.String())
	}
}

// Kill ends the program at once.
func (p *Process) Kill() {
	p.cmd.Process.Kill()
	<-p.exited
}

// Said is the end of what the program wrote on standard error.
func (p *Process) Said() string { return p.said.String() }

// tail keeps the last 64 KiB that were written to it.
type tail struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buf.Write(b)
	if over := t.buf.Len() - 64<<10; over > 0 {
		t.buf.Next(over)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.buf.String()
}
