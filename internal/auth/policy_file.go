package auth

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// PolicyEvery is how often a policy file is looked at: the manual promises that
// a change counts within ten seconds.
const PolicyEvery = 5 * time.Second

// PolicyFile is a policy that is read again when its file changes. A file with
// mistakes is refused and the policy before it stays.
type PolicyFile struct {
	path string
	now  func() time.Time

	reading sync.Mutex // one reading at a time

	mu      sync.RWMutex
	current *Policy
	since   time.Time
	seen    string // hash of the last bytes that were read
	err     error  // why these were refused
}

// OpenPolicy reads the policy file at path. At the start a wrong one is an
// error: there is nothing before it that could stay.
func OpenPolicy(path string, now func() time.Time) (*PolicyFile, error) {
	f := &PolicyFile{path: path, now: now}
	if _, err := f.Reload(); err != nil {
		return nil, err
	}
	return f, nil
}

// Current is the policy that counts.
func (f *PolicyFile) Current() *Policy {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.current
}

// Since is when the policy that counts was read.
func (f *PolicyFile) Since() time.Time {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.since
}

// Err is why the file as it stands was refused, nil if it is the one that counts.
func (f *PolicyFile) Err() error {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.err
}

// Reload reads the file. It reports whether another policy counts now. The
// whole file is read and hashed each time: it is small, and neither its time
// nor its size tells a change in every file system.
func (f *PolicyFile) Reload() (changed bool, err error) {
	f.reading.Lock()
	defer f.reading.Unlock()
	data, err := readPolicy(f.path)
	if err != nil {
		f.refuse("", err)
		return false, err
	}
	sum := sha256.Sum256(data)
	hash := hex.EncodeToString(sum[:])
	f.mu.RLock()
	same, before := hash == f.seen, f.err
	f.mu.RUnlock()
	if same {
		return false, before
	}
	p, err := ParsePolicy(data)
	if err != nil {
		err = fmt.Errorf("policy file: %w", err)
		f.refuse(hash, err)
		return false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen, f.err = hash, nil
	if f.current != nil && f.current.SHA256() == p.SHA256() {
		return false, nil // the mistake was taken back
	}
	f.current, f.since = p, f.now()
	return true, nil
}

func (f *PolicyFile) refuse(hash string, err error) {
	f.mu.Lock()
	f.seen, f.err = hash, err
	f.mu.Unlock()
}

// Run looks at the file every so often until ctx ends, and calls onChange after
// each change, one at a time.
func (f *PolicyFile) Run(ctx context.Context, every time.Duration, onChange func(old, new *Policy)) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		old := f.Current()
		if changed, _ := f.Reload(); changed { // Err keeps what was wrong
			onChange(old, f.Current())
		}
	}
}

// readPolicy reads the file at path, but not much more than a policy may have.
func readPolicy(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("open policy file: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, PolicyBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read policy file: %w", err)
	}
	return data, nil
}
