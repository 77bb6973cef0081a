package auth

import (
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestNoMutatedTokenIsAccepted takes a good token and a thousand spoilt ones
// made from it. Nothing but the good one may sign anybody in.
func TestNoMutatedTokenIsAccepted(t *testing.T) {
	i := newIssuer(t)
	p := i.provider()
	i.serve(i.good())
	if _, err := p.Exchange(t.Context(), "code", "", testFlow); err != nil {
		t.Fatalf("the token that is mutated is not good itself: %v", err)
	}
	r := rand.New(rand.NewPCG(7, 11))
	const want = 1000
	accepted, reasons := 0, map[string]int{}
	for n := range want {
		name, raw := i.mutate(r, n)
		i.serve(raw)
		who, err := p.Exchange(t.Context(), "code", "", testFlow)
		if err == nil || who.Subject != "" {
			accepted++
			t.Errorf("accepted: %s: %s", name, raw)
		}
		reasons[Reason(err)]++
		if Reason(err) == "other" || Reason(err) == "unreachable" {
			t.Errorf("%s: refused for no reason of its own: %v", name, err)
		}
	}
	t.Logf("%d tokens, %d accepted, refused for %v", want, accepted, reasons)
	if len(reasons) < 12 {
		t.Errorf("only %d reasons were met: the mutations are too alike", len(reasons))
	}
}

// mutate makes the n-th spoilt token: kinds take turns, r fills in the rest.
func (i *issuer) mutate(r *rand.Rand, n int) (name, raw string) {
	kinds := []func(*rand.Rand) (string, string){
		i.wrongClaim, i.wrongHeader, i.bitFlip, i.cut, i.twice, i.otherKey, i.wrongTime, i.spelling, i.splice,
	}
	return kinds[n%len(kinds)](r)
}

const goodHeader = `{"alg":"RS256","kid":"r1","typ":"JWT"}`

func (i *issuer) wrongClaim(r *rand.Rand) (string, string) {
	odd := []any{"", 0, -1, true, []any{}, []any{"desk", nil}, map[string]any{}, strings.Repeat("y", 300)}
	changes := []map[string]any{
		{"iss": nil}, {"iss": i.URL + "/"}, {"iss": strings.ToUpper(i.URL)}, {"iss": "https://evil.example"}, {"sub": nil}, {"aud": nil}, {"nonce": nil},
		{"nonce": strings.ToUpper(testFlow.Nonce)}, {"nonce": testFlow.Nonce + " "}, {"aud": "Desk"}, {"aud": "desk "}, {"azp": "second"}, {"at_hash": atHash("another")},
		{"aud": []string{"desk", "second"}, "azp": nil}, {"aud": []string{"second", "desk"}, "azp": "second"}, {"aud": []string{"second"}},
		{"sub": "u1\x00"}, {"sub": "u1\n"},
	}
	for _, name := range []string{"iss", "sub", "aud", "azp", "nonce", "at_hash"} {
		changes = append(changes, map[string]any{name: odd[r.IntN(len(odd))]})
	}
	change := changes[r.IntN(len(changes))]
	return fmt.Sprint("claim ", change), i.good(change)
}

func (i *issuer) wrongHeader(r *rand.Rand) (string, string) {
	headers := []string{
		`{"alg":"none"}`, `{"alg":"None","kid":"r1"}`, `{"alg":"HS256","kid":"r1"}`, `{"alg":"HS512"}`, `{"kid":"r1"}`,
		`{"alg":"ES256","kid":"r1"}`, `{"alg":"RS256","kid":"e1"}`, `{"alg":"RS512","kid":"r1"}`, `{"alg":"RS256","kid":"../../dev/null"}`,
		`{"alg":"RS256","kid":"r1' OR 1=1"}`, `{"alg":"RS256","kid":"r1","crit":["exp"]}`, `{"alg":"RS256","kid":"r1","b64":false,"crit":["b64"]}`,
		`{"alg":"none","alg":"RS256","kid":"r1"}`, `{"alg":"RS256","ALG":"none","kid":"r1"}`, `{"alg":["RS256"]}`, `[]`, `null`, ``,
		`{"alg":"EdDSA","kid":"r1"}`, `{"alg":"RS1","kid":"r1"}`, `{"alg":"A128KW","enc":"A128GCM"}`,
	}
	h := headers[r.IntN(len(headers))]
	raw := i.sign(h, asJSON(i.claims()))
	if strings.Contains(h, `crit`) || strings.Contains(h, `"alg":"none","alg"`) || strings.Contains(h, `ALG`) || strings.Contains(h, "kid\":\"e1") {
		raw = i.signWith(i.rsa, h, asJSON(i.claims()))
	}
	return "header " + h, raw
}

func (i *issuer) bitFlip(r *rand.Rand) (string, string) {
	raw := []byte(i.good())
	at := r.IntN(len(raw))
	raw[at] ^= 1 << r.IntN(7)
	return fmt.Sprintf("bit of character %d", at), string(raw)
}

func (i *issuer) cut(r *rand.Rand) (string, string) {
	raw := i.good()
	switch r.IntN(4) {
	case 0:
		return "cut", raw[:r.IntN(len(raw))]
	case 1:
		return "without signature", raw[:strings.LastIndex(raw, ".")+1]
	case 2:
		at := r.IntN(len(raw))
		return "character doubled", raw[:at] + raw[at:at+1] + raw[at:]
	}
	at := r.IntN(len(raw))
	return "character left out", raw[:at] + raw[at+1:]
}

// twice signs a payload that names a claim twice: whoever reads the first and
// whoever reads the last see two different people.
func (i *issuer) twice(r *rand.Rand) (string, string) {
	more := []string{
		`"sub":"admin"`, `"sub":"u1"`, `"aud":"desk"`, `"iss":"` + i.URL + `"`, `"nonce":"the-nonce"`, `"groups":["aep-admins"]`,
		`"exp":9999999999`, `"SUB":"admin"`, `"Nonce":"the-nonce"`, `"Aud":"desk"`, `"Exp":9999999999`, `"x":{"a":1,"a":2}`,
		`"email":"a@example.com"`, `"iat":1`, `"s\u0075b":"admin"`,
	}
	extra := more[r.IntN(len(more))]
	return "twice " + extra, i.sign(goodHeader, object(i.claims(), extra))
}

func (i *issuer) otherKey(r *rand.Rand) (string, string) {
	jwk := `{"kty":"RSA","n":"` + b64(i.other.N.Bytes()) + `","e":"AQAB"}`
	headers := []string{
		goodHeader, `{"alg":"RS256"}`, `{"alg":"PS256","kid":"r1"}`, `{"alg":"RS256","kid":"r1","jwk":` + jwk + `}`,
		`{"alg":"RS256","jwk":` + jwk + `}`, `{"alg":"RS256","kid":"r1","jku":"https://evil.example/keys"}`, `{"alg":"RS256","kid":"r1","x5u":"https://evil.example/c"}`,
	}
	h := headers[r.IntN(len(headers))]
	return "other key " + h, i.signWith(i.other, h, asJSON(i.claims()))
}

func (i *issuer) wrongTime(r *rand.Rand) (string, string) {
	now := i.clock().Unix()
	late, early := now+121+r.Int64N(1e8), now-1-r.Int64N(1e8)
	changes := []map[string]any{
		{"exp": early}, {"exp": now}, {"exp": fmt.Sprint(late)}, {"exp": -late}, {"exp": nil}, {"exp": 1e300}, {"exp": true},
		{"iat": late}, {"iat": early - 601}, {"iat": nil}, {"iat": fmt.Sprint(now)}, {"iat": 0},
		{"nbf": late}, {"nbf": "x"}, {"auth_time": late}, {"auth_time": "x"}, {"exp": early, "iat": early - 10},
	}
	change := changes[r.IntN(len(changes))]
	return fmt.Sprint("time ", change), i.good(change)
}

// spelling writes the same bytes in another way, or wraps them.
func (i *issuer) spelling(r *rand.Rand) (string, string) {
	raw := i.good()
	parts := strings.Split(raw, ".")
	sig, _ := base64.RawURLEncoding.DecodeString(parts[2])
	ways := []string{
		raw + "\n", " " + raw, raw + ".", "." + raw, raw + "." + parts[2], parts[0] + "." + parts[1] + ".." + parts[2],
		parts[0] + "\n." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "=." + parts[2],
		parts[0] + "." + parts[1] + "." + base64.RawStdEncoding.EncodeToString(sig) + "=",
		`{"protected":"` + parts[0] + `","payload":"` + parts[1] + `","signature":"` + parts[2] + `"}`,
		`{"payload":"` + parts[1] + `","signatures":[{"protected":"` + parts[0] + `","signature":"` + parts[2] + `"}]}`,
		lastBits(parts[0]) + "." + parts[1] + "." + parts[2], parts[0] + "." + parts[1] + "." + lastBits(parts[2]),
		i.sign(goodHeader, asJSON(i.claims())+"{}"), i.sign(goodHeader, "["+asJSON(i.claims())+"]"), i.sign(goodHeader, `"`+i.URL+`"`), "", "..", "a.b.c",
	}
	n := r.IntN(len(ways))
	return fmt.Sprint("spelling ", n), ways[n]
}

// lastBits changes bits of the last character that stand for nothing.
func lastBits(part string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, part[len(part)-1])
	return part[:len(part)-1] + string(alphabet[last^1])
}

// splice puts parts of two tokens together.
func (i *issuer) splice(r *rand.Rand) (string, string) {
	a := strings.Split(i.good(), ".")
	b := strings.Split(i.good(map[string]any{"sub": fmt.Sprint("admin", r.IntN(1000))}), ".")
	switch r.IntN(3) {
	case 0:
		return "payload of another", a[0] + "." + b[1] + "." + a[2]
	case 1:
		return "signature of another", a[0] + "." + a[1] + "." + b[2]
	}
	return "parts in another order", a[1] + "." + a[0] + "." + a[2]
}

// FuzzToken reads what anybody may post to the back-channel, short of its
// signature.
func FuzzToken(f *testing.F) {
	header := b64([]byte(goodHeader))
	for _, payload := range []string{`{}`, `{"aud":["a",1]}`, `{"iat":1e309}`, `{"a":{"b":1,"b":2}}`, `{"SUB":"x"}`, `[`, `{"exp":-1}`, "{\"sub\":\"\xff\"}"} {
		f.Add(header, b64([]byte(payload)))
	}
	f.Add("", "")
	f.Fuzz(func(t *testing.T, header, payload string) {
		raw := header + "." + payload + ".AA"
		if checkForm(raw) != nil {
			return
		}
		c, err := readClaims(raw)
		if err != nil && Reason(err) == "other" {
			t.Fatalf("readClaims(%q): %v has no reason", raw, err)
		}
		if err == nil && c.Expires.Unix() > 1<<38 {
			t.Fatalf("readClaims(%q): expires %v", raw, c.Expires)
		}
	})
}
