package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"fmt"
)

// Errors of [Box.Open].
var (
	// ErrUnknownKey: the key that sealed the value is not among ours.
	ErrUnknownKey = errors.New("sealed with a key that is not here")
	// ErrBroken: the value was changed, cut, or sealed for another place.
	ErrBroken = errors.New("sealed value is broken")
)

const version = 1 // of the form of sealed values

// Box seals values with AES-256-GCM. It is safe for concurrent use.
//
// A sealed value is the version, the length of the key's id, the id, the
// random nonce of 12 bytes, and the ciphertext with its tag.
type Box struct {
	first   string
	ciphers map[string]cipher.AEAD
}

// NewBox seals with the first of keys, which must have one at least, and opens
// with all of them.
func NewBox(keys Keys) *Box {
	b := &Box{first: keys.list[0].id, ciphers: map[string]cipher.AEAD{}}
	for _, k := range keys.list {
		block, err := aes.NewCipher(k.secret)
		if err != nil {
			panic("seal: " + err.Error()) // ParseKeys lets through 32 bytes only
		}
		gcm, err := cipher.NewGCM(block)
		if err != nil {
			panic("seal: " + err.Error())
		}
		b.ciphers[k.id] = gcm
	}
	return b
}

// Seal encrypts plain. What it belongs to goes into aad, which is not kept: it
// must be given again to open the value, so that a sealed value moved to
// another row does not open there. One key may seal 2³² values.
func (b *Box) Seal(plain, aad []byte) ([]byte, error) {
	gcm := b.ciphers[b.first]
	head := append([]byte{version, byte(len(b.first))}, b.first...)
	sealed := append(bytes.Clone(head), make([]byte, gcm.NonceSize())...)
	nonce := sealed[len(head):]
	if _, err := rand.Read(nonce); err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	return gcm.Seal(sealed, nonce, plain, bound(head, aad)), nil
}

// Open decrypts what [Box.Seal] returned for the same aad. Errors: [ErrBroken],
// [ErrUnknownKey].
func (b *Box) Open(sealed, aad []byte) ([]byte, error) {
	if len(sealed) < 2 || sealed[0] != version || len(sealed) < 2+int(sealed[1]) {
		return nil, ErrBroken
	}
	end := 2 + int(sealed[1])
	head, rest := sealed[:end], sealed[end:]
	gcm, ok := b.ciphers[string(head[2:])]
	if !ok {
		return nil, ErrUnknownKey
	}
	if len(rest) < gcm.NonceSize() {
		return nil, ErrBroken
	}
	plain, err := gcm.Open(nil, rest[:gcm.NonceSize()], rest[gcm.NonceSize():], bound(head, aad))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}

// bound is what the tag covers besides the ciphertext.
func bound(head, aad []byte) []byte {
	return append(bytes.Clone(head), aad...)
}
