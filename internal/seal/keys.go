// Package seal makes keyed fingerprints and seals small values. It knows
// nothing of what it seals. Keys have ids, so that new values are made with a
// new key while old ones can still be checked and opened.
package seal

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// KeySize is the length of a key in bytes.
const KeySize = 32

// keyID is what an id of a key may look like: it stands in front of
// fingerprints and sealed values, and in the audit log.
var keyID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,32}$`)

type key struct {
	id     string
	secret []byte
}

// Keys are one or more keys with their ids. The first one writes and all of
// them read. The zero value has none and can neither seal nor open.
type Keys struct{ list []key }

// ParseKeys reads "ID:BASE64 ID2:BASE64 …": keys of [KeySize] bytes in standard
// base64, separated by blanks. An error names the place of the key in the list
// and never what was given, which may be a secret.
func ParseKeys(s string) (Keys, error) {
	var keys Keys
	seen := map[string]bool{}
	for i, field := range strings.Fields(s) {
		id, encoded, ok := strings.Cut(field, ":")
		if !ok || !keyID.MatchString(id) {
			return Keys{}, fmt.Errorf("key %d: must be ID:BASE64, the id of letters, digits, dots and dashes", i+1)
		}
		secret, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return Keys{}, fmt.Errorf("key %d: is not base64", i+1)
		}
		if len(secret) != KeySize {
			return Keys{}, fmt.Errorf("key %d: has %d bytes instead of %d", i+1, len(secret), KeySize)
		}
		if seen[id] {
			return Keys{}, fmt.Errorf("key %d: its id stands there twice", i+1)
		}
		seen[id] = true
		keys.list = append(keys.list, key{id: id, secret: secret})
	}
	if len(keys.list) == 0 {
		return Keys{}, errors.New("no key")
	}
	return keys, nil
}

// NewKey is a fresh random key as "ID:BASE64". The id must be one that
// [ParseKeys] takes.
func NewKey(id string) string {
	secret := make([]byte, KeySize)
	rand.Read(secret)
	return id + ":" + base64.StdEncoding.EncodeToString(secret)
}

// IDs are the ids of the keys, the one that writes first.
func (k Keys) IDs() []string {
	ids := make([]string, len(k.list))
	for i, one := range k.list {
		ids[i] = one.id
	}
	return ids
}

// Secrets are copies of the keys themselves, the one that writes first, for a
// library that does its own signing.
func (k Keys) Secrets() [][]byte {
	secrets := make([][]byte, len(k.list))
	for i, one := range k.list {
		secrets[i] = bytes.Clone(one.secret)
	}
	return secrets
}

// String keeps keys out of logs: it prints their ids alone.
func (k Keys) String() string { return "keys " + strings.Join(k.IDs(), " ") }

// GoString is String: %#v must not show a key either.
func (k Keys) GoString() string { return k.String() }
