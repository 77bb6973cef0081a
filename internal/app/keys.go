package app

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/seal"
)

// origin names our log in its checkpoints and in its keys.
const origin = "profiledesk"

// FreshKeys are new values for the four key settings, as NAME and value pairs
// in the order in which the manual explains them.
func FreshKeys() ([][2]string, error) {
	var made [][2]string
	for _, name := range []string{"SESSION_KEY", "SEAL_KEY", "FINGERPRINT_KEY"} {
		made = append(made, [2]string{name, seal.NewKey("k1")})
	}
	signer, _, err := note.GenerateKey(rand.Reader, origin)
	if err != nil {
		return nil, fmt.Errorf("make a signer key: %w", err)
	}
	return append(made, [2]string{"AUDIT_SIGNING_KEY", signer}), nil
}

// runKeys prints fresh keys, and the verifier's key as a comment to keep apart.
// No value needs quotes, and shells, Docker and Kubernetes disagree about them.
func runKeys(stdout io.Writer) error {
	made, err := FreshKeys()
	if err != nil {
		return err
	}
	for _, key := range made {
		if _, err := fmt.Fprintf(stdout, "%s=%s\n", key[0], key[1]); err != nil {
			return fmt.Errorf("print keys: %w", err)
		}
	}
	verifier, err := verifierKey(made[len(made)-1][1])
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "# audit verify -key '%s'\n", verifier)
	return err
}

// signingKeys reads AUDIT_SIGNING_KEY: the key that signs, and after it those
// that signed before, whole or their public side alone. The verifier keys of
// all of them have blanks between, the one that signs first.
func signingKeys(text string) (signer note.Signer, verifiers string, err error) {
	var list []string
	for i, key := range strings.Fields(text) {
		if i == 0 {
			if signer, err = note.NewSigner(key); err != nil {
				return nil, "", errors.New("is no signer key: profiledesk keys prints one")
			}
		}
		if strings.HasPrefix(key, "PRIVATE+") {
			if key, err = verifierKey(key); err != nil {
				return nil, "", errors.New("is no Ed25519 signer key")
			}
		}
		if _, err := note.NewVerifier(key); err != nil {
			return nil, "", fmt.Errorf("key %d: is neither a signer key nor a verifier key", i+1)
		}
		list = append(list, key)
	}
	if len(list) == 0 {
		return nil, "", errors.New("must be set: profiledesk keys prints one")
	}
	return signer, strings.Join(list, " "), nil
}

// verifierKey is the public side of a sumdb signer key
// (PRIVATE+KEY+NAME+HASH+BASE64 of the algorithm byte and an Ed25519 seed).
func verifierKey(signer string) (string, error) {
	const ed25519Algorithm = 1
	parts := strings.SplitN(signer, "+", 5)
	if len(parts) != 5 {
		return "", errors.New("not a signer key")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[4])
	if err != nil || len(raw) != 1+ed25519.SeedSize || raw[0] != ed25519Algorithm {
		return "", errors.New("not an Ed25519 signer key")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(parts[2], public)
}
