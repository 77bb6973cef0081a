package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"profiledesk/internal/audit"
)

const (
	postTries = 4
	postLimit = 5 * time.Second
	pending   = 1024 // checkpoints that wait for a file that cannot be written
)

// publisher takes checkpoints to the second place, beside requests: a file that
// only grows, and a webhook that is told the newest.
type publisher struct {
	s    *Store
	done sync.WaitGroup
	post chan audit.Checkpoint // holds one: the newest that was not sent yet

	mu     sync.Mutex
	wake   sync.Cond
	queue  []audit.Checkpoint
	last   int64 // size of the newest that was told
	held   *audit.Tree
	closed bool
	err    error // of the last writing of the file
}

// startPublisher compares the database with the end of the checkpoint file, and
// starts what writes it.
func (s *Store) startPublisher(ctx context.Context) error {
	p := &publisher{s: s, post: make(chan audit.Checkpoint, 1)}
	p.wake.L = &p.mu
	if s.cfg.CheckpointFile != "" {
		last, ok, err := audit.LastCheckpoint(s.cfg.CheckpointFile)
		if err != nil {
			return err
		}
		if ok {
			p.last = last.Size
			if p.held, err = s.ahead(ctx, last); err != nil {
				return err
			}
		}
	}
	s.publisher = p
	p.done.Go(p.run)
	if s.cfg.CheckpointURL != "" {
		p.done.Go(p.runPosts)
	}
	return nil
}

// ahead is what c was signed for if the log is not that, or not that far: then
// the database is an older copy, or another one. It is nil where all is well,
// or an admin released it.
func (s *Store) ahead(ctx context.Context, c audit.Checkpoint) (*audit.Tree, error) {
	tree, err := c.Tree()
	if err != nil {
		return nil, err
	}
	head, err := readHead(ctx, s.r, "")
	if err != nil {
		return nil, err
	}
	if tree.Size <= head.Size {
		root, err := tlog.TreeHash(tree.Size, hashReader(ctx, s.r))
		if err != nil || root == tree.Root {
			return nil, err
		}
	}
	var one int
	err = s.r.QueryRowContext(ctx, "SELECT 1 FROM audit_release WHERE size = $1 AND root = $2", tree.Size, tree.Root.String()).Scan(&one)
	if none(err) {
		return &tree, nil
	}
	return nil, err
}

// add hands over what was signed. What is older than something told already is
// left out, so that the last line of the file is the newest.
func (p *publisher) add(list ...audit.Checkpoint) {
	if len(list) == 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held != nil {
		return
	}
	for _, c := range list {
		if c.Size >= p.last && len(p.queue) < pending {
			p.queue = append(p.queue, c)
			p.last = c.Size
		}
	}
	p.wake.Signal()
}

func (p *publisher) run() {
	defer close(p.post)
	for {
		p.mu.Lock()
		for len(p.queue) == 0 && !p.closed {
			p.wake.Wait()
		}
		list := p.queue
		p.queue = nil
		p.mu.Unlock()
		if len(list) == 0 {
			return
		}
		p.publish(list)
	}
}

func (p *publisher) publish(list []audit.Checkpoint) {
	var err error
	if p.s.cfg.CheckpointFile != "" {
		for _, c := range list {
			if err = audit.AppendCheckpoint(p.s.cfg.CheckpointFile, c); err != nil {
				p.s.log.Error("checkpoint was not written to its file", "size", c.Size, "err", err)
				break
			}
		}
	}
	p.mu.Lock()
	p.err = err
	p.mu.Unlock()
	if p.s.cfg.CheckpointURL == "" {
		return
	}
	select { // the newest replaces one that was not sent yet
	case <-p.post:
	default:
	}
	p.post <- list[len(list)-1]
}

// runPosts tells the webhook, each checkpoint with a few tries.
func (p *publisher) runPosts() {
	for c := range p.post {
		var err error
		for try := range postTries {
			if err = p.send(c); err == nil || p.closing() {
				break
			}
			time.Sleep(500 * time.Millisecond << try)
		}
		if err != nil {
			p.s.log.Error("checkpoint was not told to its webhook", "size", c.Size, "err", err)
		}
	}
}

func (p *publisher) send(c audit.Checkpoint) error {
	ctx, cancel := context.WithTimeout(context.Background(), postLimit)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.s.cfg.CheckpointURL, bytes.NewReader(c.Line()))
	if err != nil {
		return errors.New("the address cannot be used")
	}
	req.Header.Set("Content-Type", "application/json")
	client := p.s.cfg.Client
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return errors.New("no answer") // the cause would print the address
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10))
	if resp.StatusCode/100 != 2 {
		return fmt.Errorf("it answered %d", resp.StatusCode)
	}
	return nil
}

func (p *publisher) closing() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// closePublisher signs a last checkpoint and waits until it is told.
func (s *Store) closePublisher() error {
	ctx, cancel := context.WithTimeout(context.Background(), txLimit)
	defer cancel()
	err := s.Checkpoint(ctx)
	if err != nil {
		err = fmt.Errorf("sign the last checkpoint: %w", err)
	}
	p := s.publisher
	p.mu.Lock()
	p.closed = true
	p.wake.Signal()
	p.mu.Unlock()
	p.done.Wait()
	return errors.Join(err, p.err)
}
