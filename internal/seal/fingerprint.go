package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"
)

// Fingerprinter makes fingerprints: they tell whether two values are the same
// and cannot be guessed back without the key, as a plain hash of an e-mail can.
// It is safe for concurrent use.
type Fingerprinter struct{ keys Keys }

// NewFingerprinter makes fingerprints with the first of keys, which must have
// one at least.
func NewFingerprinter(keys Keys) *Fingerprinter { return &Fingerprinter{keys: keys} }

// Of is the fingerprint of parts as "KEYID:" and the hexadecimal HMAC-SHA-256.
// Each part goes in with its length before it, so that no two lists of parts
// give the same bytes; kind separates uses that must not be compared.
func (f *Fingerprinter) Of(kind string, parts ...string) string {
	return fingerprint(f.keys.list[0], kind, parts)
}

// All is [Fingerprinter.Of] under every key, the one that writes first: what
// was recorded before a rotation is found by these.
func (f *Fingerprinter) All(kind string, parts ...string) []string {
	all := make([]string, len(f.keys.list))
	for i, k := range f.keys.list {
		all[i] = fingerprint(k, kind, parts)
	}
	return all
}

// Subject is the fingerprint of a customer's identity. The namespace counts in
// lower case, the id without blanks around it, and an e-mail in lower case, so
// that one person has one fingerprint however they were typed.
func (f *Fingerprinter) Subject(namespace, id string) string {
	return f.Of("subject", normal(namespace, id)...)
}

// Subjects is [Fingerprinter.Subject] under every key.
func (f *Fingerprinter) Subjects(namespace, id string) []string {
	return f.All("subject", normal(namespace, id)...)
}

// normal writes an identity in the one way that is fingerprinted.
func normal(namespace, id string) []string {
	namespace = strings.ToLower(strings.TrimSpace(namespace))
	id = strings.TrimSpace(id)
	if strings.Contains(id, "@") || namespace == "email" {
		id = strings.ToLower(id)
	}
	return []string{namespace, id}
}

func fingerprint(k key, kind string, parts []string) string {
	mac := hmac.New(sha256.New, k.secret)
	write := func(s string) {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(s)))
		mac.Write(size[:])
		mac.Write([]byte(s))
	}
	write(kind)
	for _, part := range parts {
		write(part)
	}
	return k.id + ":" + hex.EncodeToString(mac.Sum(nil))
}
