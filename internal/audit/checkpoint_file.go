package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// tailSize is how much of a checkpoint file's end is read to find its last
// line. A line takes about 300 bytes.
const tailSize = 16 << 10

// ParseCheckpoints reads a checkpoint file, or one bare note. What stands after
// the last newline of a file is a line that was not finished: it is left out.
// Its error wraps [ErrCheckpoint].
func ParseCheckpoints(data []byte) ([]Checkpoint, error) {
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) {
		return parseBareNote(string(data))
	}
	var list []Checkpoint
	for n := 1; len(data) > 0; n++ {
		line, rest, whole := bytes.Cut(data, []byte("\n"))
		data = rest
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var c Checkpoint
		if err := json.Unmarshal(line, &c); err != nil {
			if !whole {
				break
			}
			return nil, fmt.Errorf("%w: line %d is not JSON", ErrCheckpoint, n)
		}
		list = append(list, c)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: the file has none", ErrCheckpoint)
	}
	return list, nil
}

func parseBareNote(text string) ([]Checkpoint, error) {
	if strings.TrimSpace(text) == "" {
		return nil, fmt.Errorf("%w: the file is empty", ErrCheckpoint)
	}
	c := Checkpoint{Note: text}
	tree, err := c.head()
	if err != nil {
		return nil, err
	}
	c.Size = tree.Size
	return []Checkpoint{c}, nil
}

// ReadCheckpoints reads the checkpoint file at path.
func ReadCheckpoints(path string) ([]Checkpoint, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	return ParseCheckpoints(data)
}

// LastCheckpoint is the last whole line of the file at path; ok is false where
// there is no file yet, or none in it.
func LastCheckpoint(path string) (c Checkpoint, ok bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Checkpoint{}, false, nil
	}
	if err != nil {
		return Checkpoint{}, false, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	defer f.Close()
	tail, _, err := readTail(f)
	if err != nil {
		return Checkpoint{}, false, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	whole := tail[:bytes.LastIndexByte(tail, '\n')+1]
	whole = bytes.TrimRight(whole, "\n")
	if len(whole) == 0 {
		return Checkpoint{}, false, nil
	}
	if err := json.Unmarshal(whole[bytes.LastIndexByte(whole, '\n')+1:], &c); err != nil {
		return Checkpoint{}, false, fmt.Errorf("%w: the last line is not JSON", ErrCheckpoint)
	}
	return c, true, nil
}

// AppendCheckpoint adds a line to the file at path and syncs it. The file only
// grows; all that is ever taken away is a line that a crash left unfinished.
// Replicas may share the file: they write one after the other.
func AppendCheckpoint(path string, c Checkpoint) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("append checkpoint: %w", err)
	}
	defer f.Close()
	if err := alone(f); err != nil {
		return fmt.Errorf("append checkpoint: lock: %w", err)
	}
	tail, size, err := readTail(f)
	if err != nil {
		return fmt.Errorf("append checkpoint: %w", err)
	}
	end := size - int64(len(tail)) + int64(bytes.LastIndexByte(tail, '\n')+1)
	if end < size {
		if err := f.Truncate(end); err != nil {
			return fmt.Errorf("append checkpoint: %w", err)
		}
	}
	if _, err := f.WriteAt(c.Line(), end); err != nil {
		return fmt.Errorf("append checkpoint: %w", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("append checkpoint: %w", err)
	}
	return f.Close()
}

// readTail reads the end of f, and says how large f is.
func readTail(f *os.File) (tail []byte, size int64, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	size = info.Size()
	tail = make([]byte, min(size, tailSize))
	_, err = f.ReadAt(tail, size-int64(len(tail)))
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return tail, size, err
}
