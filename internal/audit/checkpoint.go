package audit

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Origin is the first line of every checkpoint.
const Origin = "profiledesk"

// ErrCheckpoint says that a checkpoint cannot be read, or that none of the keys
// signed it. It is no statement about the log.
var ErrCheckpoint = errors.New("checkpoint cannot be used")

// Checkpoint is a signed tree head, as a line of the checkpoint file has it.
type Checkpoint struct {
	At   time.Time `json:"at"` // when it was signed; not itself signed
	Size int64     `json:"size"`
	Note string    `json:"note"` // the signed note: origin, size, root in base64, a line each
}

// SignCheckpoint signs the head of a tree.
func SignCheckpoint(tree Tree, at time.Time, signer note.Signer) (Checkpoint, error) {
	text := fmt.Sprintf("%s\n%d\n%s\n", Origin, tree.Size, base64.StdEncoding.EncodeToString(tree.Root[:]))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	return Checkpoint{At: at.UTC().Truncate(time.Millisecond), Size: tree.Size, Note: string(signed)}, nil
}

// Line is the checkpoint as a line of the file, with its newline.
func (c Checkpoint) Line() []byte {
	b, err := json.Marshal(c)
	if err != nil { // of a year beyond 9999
		b = []byte("{}")
	}
	return append(b, '\n')
}

// Open checks the signature and returns the tree head that was signed. Its
// error wraps [ErrCheckpoint].
func (c Checkpoint) Open(keys note.Verifiers) (Tree, error) {
	n, err := note.Open([]byte(c.Note), keys)
	if err != nil {
		return Tree{}, fmt.Errorf("%w: size %d: %w", ErrCheckpoint, c.Size, err)
	}
	tree, err := parseHead(n.Text)
	if err != nil {
		return Tree{}, err
	}
	if tree.Size != c.Size {
		return Tree{}, fmt.Errorf("%w: it says size %d, and %d was signed", ErrCheckpoint, c.Size, tree.Size)
	}
	return tree, nil
}

// head is the tree head that the note claims, signature unchecked.
func (c Checkpoint) head() (Tree, error) {
	text, _, ok := strings.Cut(c.Note, "\n\n")
	if !ok {
		return Tree{}, fmt.Errorf("%w: it is no signed note", ErrCheckpoint)
	}
	return parseHead(text + "\n")
}

// Tree is the tree head that the note claims. The signature is not checked:
// use it for what this program wrote itself.
func (c Checkpoint) Tree() (Tree, error) { return c.head() }

func parseHead(text string) (Tree, error) {
	lines := strings.Split(text, "\n")
	if len(lines) < 4 || lines[0] != Origin {
		return Tree{}, fmt.Errorf("%w: it is not of %s", ErrCheckpoint, Origin)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil || size < 0 || lines[1] != strconv.FormatInt(size, 10) {
		return Tree{}, fmt.Errorf("%w: its second line is no size", ErrCheckpoint)
	}
	root, err := tlog.ParseHash(lines[2])
	if err != nil {
		return Tree{}, fmt.Errorf("%w: its third line is no hash", ErrCheckpoint)
	}
	return Tree{Size: size, Root: root}, nil
}

// ParseKeys reads verifier keys with blanks between them, as `keys` prints
// them. Several are needed for checkpoints from before a change of keys.
func ParseKeys(vkeys string) (note.Verifiers, error) {
	var list []note.Verifier
	for _, vkey := range strings.Fields(vkeys) {
		v, err := note.NewVerifier(vkey)
		if err != nil {
			return nil, errors.New("not a verifier key")
		}
		list = append(list, v)
	}
	if len(list) == 0 {
		return nil, errors.New("no verifier key")
	}
	return note.VerifierList(list...), nil
}
