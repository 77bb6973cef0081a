package auth

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	clockSkew  = 2 * time.Minute  // between the provider's clock and ours
	tokenAge   = 10 * time.Minute // a token that was made earlier is not of this sign-in
	tokenBytes = 64 << 10
	nameBytes  = 200
)

// claims are those of a token that are checked, read by their exact names.
type claims struct {
	Issuer, Subject, Azp, Nonce, AtHash, SID string
	Audience                                 []string
	Expires, IssuedAt, NotBefore, AuthTime   time.Time

	has map[string]bool
	raw map[string]jsontext.Value
}

// verifyID checks everything of an ID token but its nonce and its age since
// the person signed in, which belong to a flow.
func (p *Provider) verifyID(ctx context.Context, d *discovered, raw, access string) (claims, error) {
	if err := checkForm(raw); err != nil {
		return claims{}, err
	}
	var failed error
	token, verifyErr := d.verifier.Verify(context.WithValue(ctx, keysFailed{}, &failed), raw)
	if failed != nil {
		return claims{}, failed
	}
	c, err := readClaims(raw)
	if err == nil {
		err = p.checkClaims(c, d.issuer)
	}
	switch {
	case token == nil && err != nil && Reason(err) != "" && signed(verifyErr):
		return claims{}, err
	case token == nil:
		return claims{}, ErrSignature // go-oidc's words may hold claims
	case err != nil:
		return claims{}, err
	case c.has["at_hash"] && (access == "" || token.VerifyAccessToken(access) != nil):
		return claims{}, ErrAccessHash
	}
	return c, nil
}

// signed says whether go-oidc refused the token for something other than its
// signature: then our own check names the reason better.
func signed(err error) bool { return err != nil && !strings.Contains(err.Error(), "verify signature") }

// checkForm refuses what is no compact token in its one canonical spelling,
// signed in a way that we take: JOSE libraries read more than that.
func checkForm(raw string) error {
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || len(raw) > tokenBytes {
		return ErrMalformed
	}
	for _, part := range parts {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(part)
		if err != nil || base64.RawURLEncoding.EncodeToString(decoded) != part {
			return ErrMalformed
		}
	}
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	members, err := members(header)
	if err != nil {
		return err
	}
	var alg string
	if json.Unmarshal(members["alg"], &alg) != nil || !slices.Contains(algorithms, alg) {
		return ErrAlgorithm
	}
	if members["crit"] != nil || members["b64"] != nil {
		return ErrMalformed
	}
	return nil
}

// readClaims reads the payload of a token whose form was checked.
func readClaims(raw string) (claims, error) {
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(raw, ".")[1])
	if err != nil {
		return claims{}, ErrMalformed
	}
	m, err := members(payload)
	if err != nil {
		return claims{}, err
	}
	c := claims{raw: m, has: map[string]bool{}}
	for name := range m {
		c.has[name] = true
	}
	for name, to := range map[string]*string{
		"iss": &c.Issuer, "sub": &c.Subject, "azp": &c.Azp, "nonce": &c.Nonce, "at_hash": &c.AtHash, "sid": &c.SID,
	} {
		if m[name] != nil && json.Unmarshal(m[name], to) != nil {
			return claims{}, fmt.Errorf("%s: %w", name, ErrMalformed)
		}
	}
	for name, to := range map[string]*time.Time{
		"exp": &c.Expires, "iat": &c.IssuedAt, "nbf": &c.NotBefore, "auth_time": &c.AuthTime,
	} {
		if m[name] != nil && !readDate(m[name], to) {
			return claims{}, fmt.Errorf("%s: %w", name, ErrMalformed)
		}
	}
	if m["aud"] != nil && !readStrings(m["aud"], &c.Audience) {
		return claims{}, fmt.Errorf("aud: %w", ErrMalformed)
	}
	return c, nil
}

// checkClaims holds c against who we are and what time it is.
func (p *Provider) checkClaims(c claims, issuer string) error {
	now := p.now()
	switch {
	case c.Issuer != issuer:
		return ErrIssuer
	case !slices.Contains(c.Audience, p.config.ClientID):
		return ErrAudience
	case len(c.Audience) > 1 && !c.has["azp"]:
		return ErrAudience
	case c.has["azp"] && c.Azp != p.config.ClientID:
		return ErrAuthorized
	case c.Subject == "" || len(c.Subject) > 255 || strings.ContainsFunc(c.Subject, unicode.IsControl):
		return ErrSubject
	case c.Expires.IsZero() || !now.Before(c.Expires):
		return ErrExpired
	case c.IssuedAt.IsZero() || c.IssuedAt.After(now.Add(clockSkew)) || now.Sub(c.IssuedAt) > tokenAge:
		return ErrIssuedAt
	case c.Expires.Before(c.IssuedAt):
		return ErrExpired
	case c.NotBefore.After(now.Add(clockSkew)):
		return ErrNotBefore
	case c.AuthTime.After(now.Add(clockSkew)):
		return ErrAuthTime
	}
	return nil
}

// known are the names that this program, or go-oidc, looks for. encoding/json
// takes them in any case, so a token with another spelling of one has two
// meanings and is refused.
var known = []string{
	"iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash", "auth_time", "sid", "jti", "events",
	"alg", "kid", "typ", "crit", "b64", "_claim_names", "_claim_sources",
}

// members reads one JSON object into its members. A name that stands twice,
// at any depth, is refused.
func members(object []byte) (map[string]jsontext.Value, error) {
	dec := jsontext.NewDecoder(bytes.NewReader(object))
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '{' {
		return nil, ErrMalformed
	}
	found := map[string]jsontext.Value{}
	for dec.PeekKind() == '"' {
		name, err := dec.ReadToken()
		if err != nil {
			return nil, duplicateOr(err)
		}
		key := name.String()
		for _, exact := range known {
			if key != exact && strings.EqualFold(key, exact) {
				return nil, fmt.Errorf("%s: %w", exact, ErrDuplicate)
			}
		}
		value, err := dec.ReadValue()
		if err != nil {
			return nil, duplicateOr(err)
		}
		found[key] = value.Clone()
	}
	if tok, err := dec.ReadToken(); err != nil || tok.Kind() != '}' {
		return nil, duplicateOr(err)
	}
	if _, err := dec.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, ErrMalformed
	}
	return found, nil
}

func duplicateOr(err error) error {
	if err != nil && strings.Contains(err.Error(), "duplicate") {
		return ErrDuplicate
	}
	return ErrMalformed
}

// readDate reads a NumericDate: seconds since 1970, perhaps with a fraction.
func readDate(v jsontext.Value, to *time.Time) bool {
	var seconds float64
	if v.Kind() != '0' || json.Unmarshal(v, &seconds) != nil || seconds <= 0 || seconds > 1<<38 {
		return false
	}
	whole, rest := math.Modf(seconds)
	*to = time.Unix(int64(whole), int64(rest*1e9)).UTC()
	return true
}

// readStrings reads a string, or an array of nothing but strings.
func readStrings(v jsontext.Value, to *[]string) bool {
	switch v.Kind() {
	case '"':
		var one string
		if json.Unmarshal(v, &one) != nil {
			return false
		}
		*to = []string{one}
		return true
	case '[':
		var all []jsontext.Value
		if json.Unmarshal(v, &all) != nil {
			return false
		}
		*to = make([]string, len(all))
		for i, one := range all {
			if one.Kind() != '"' || json.Unmarshal(one, &(*to)[i]) != nil {
				return false
			}
		}
		return true
	}
	return false
}
