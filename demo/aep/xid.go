package aep

import (
	"crypto/sha256"
	"encoding/base64"
)

// An XID names one identity: it is made from namespace and value, exists for
// identities that nobody ingested, and says nothing to who reads it. Ours is
// four bytes of a sum followed by the pair under a key stream drawn from that
// sum, in URL-safe base64, so that it can be taken apart again.

func makeXID(k identityKey) string {
	plain := append([]byte{k.ns}, k.id...)
	sum := sha256.Sum256(append([]byte("xid "), plain...))
	out := append(make([]byte, 0, 4+len(plain)), sum[:4]...)
	return base64.RawURLEncoding.EncodeToString(append(out, keyed(sum[:4], plain)...))
}

// readXID takes an XID apart and reports whether it is one of ours.
func readXID(xid string) (identityKey, bool) {
	data, err := base64.RawURLEncoding.DecodeString(xid)
	if err != nil || len(data) < 5 {
		return identityKey{}, false
	}
	plain := keyed(data[:4], data[4:])
	k := identityKey{ns: plain[0], id: string(plain[1:])}
	return k, int(k.ns) < len(namespaces) && makeXID(k) == xid
}

func keyed(sum, text []byte) []byte {
	out := make([]byte, len(text))
	var block [32]byte
	for i := range text {
		if i%32 == 0 {
			block = sha256.Sum256(append(append([]byte("stream "), sum...), byte(i/32), byte(i>>13)))
		}
		out[i] = text[i] ^ block[i%32]
	}
	return out
}

func (n *identity) xid() string { return makeXID(n.identityKey) }
