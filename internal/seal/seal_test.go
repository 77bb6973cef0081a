package seal

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func parse(t *testing.T, s string) Keys {
	t.Helper()
	keys, err := ParseKeys(s)
	if err != nil {
		t.Fatalf("ParseKeys: %v", err)
	}
	return keys
}

func TestParseKeysReadsWhatNewKeyMakes(t *testing.T) {
	keys := parse(t, " "+NewKey("new")+"\n\t"+NewKey("old")+" ")
	if got := fmt.Sprint(keys.IDs()); got != "[new old]" {
		t.Errorf("IDs = %s, want [new old]", got)
	}
}

func TestParseKeysNeverShowsAValue(t *testing.T) {
	good := NewKey("a")
	secret := strings.TrimPrefix(good, "a:")
	for _, tt := range []struct{ name, in, want string }{
		{"empty", "", "no key"},
		{"blanks", " \n", "no key"},
		{"no id", secret, "key 1: must be ID:BASE64, the id of letters, digits, dots and dashes"},
		{"empty id", ":" + secret, "key 1: must be ID:BASE64, the id of letters, digits, dots and dashes"},
		{"wrong id", "ä:" + secret, "key 1: must be ID:BASE64, the id of letters, digits, dots and dashes"},
		{"not base64", "a:" + secret[:40] + "!!!!", "key 1: is not base64"},
		{"short", "a:" + secret[:40], "key 1: has 30 bytes instead of 32"},
		{"second wrong", good + " b:" + secret[:4], "key 2: has 3 bytes instead of 32"},
		{"twice", good + " " + good, "key 2: its id stands there twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := ParseKeys(tt.in)
			if err == nil || err.Error() != tt.want {
				t.Fatalf("ParseKeys = %v, want %s", err, tt.want)
			}
			if strings.Contains(err.Error(), secret[:4]) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestKeysDoNotPrintTheirSecrets(t *testing.T) {
	text := NewKey("a")
	keys := parse(t, text)
	for _, format := range []string{"%v", "%+v", "%#v", "%s"} {
		if got := fmt.Sprintf(format, keys); got != "keys a" {
			t.Errorf("Sprintf(%s) = %q, want keys a", format, got)
		}
	}
}

func TestFingerprintKnown(t *testing.T) {
	keys := parse(t, "k1:"+strings.Repeat("A", 43)+"=") // 32 zero bytes
	got := NewFingerprinter(keys).Of("subject", "email", "ana@example.com")
	// made with another implementation of HMAC-SHA-256 over 8-byte lengths and parts
	const want = "k1:12cb024d01d3653dec1aad66fd1100c172f5df6746aa9c06153c630af5a2eceb"
	if got != want {
		t.Errorf("Of = %s, want %s: fingerprints of old rows would not be found", got, want)
	}
}

func TestSubjectNormalises(t *testing.T) {
	f := NewFingerprinter(parse(t, NewKey("k")))
	same := [][2]string{{"Email", "Ana.Souza@Example.com"}, {"email", "  ana.souza@example.com\t"}, {" EMAIL ", "ANA.SOUZA@EXAMPLE.COM"}}
	for _, id := range same {
		if got, want := f.Subject(id[0], id[1]), f.Subject("email", "ana.souza@example.com"); got != want {
			t.Errorf("Subject(%q, %q) differs", id[0], id[1])
		}
	}
	if f.Subject("crmid", "ab-1") == f.Subject("crmid", "AB-1") {
		t.Error("ids that are no e-mails are the same in upper and lower case")
	}
	if f.Subject("email", "ana@example.com") == f.Subject("crmid", "ana@example.com") {
		t.Error("the namespace does not count")
	}
}

func TestFingerprintsSeparateKindsAndParts(t *testing.T) {
	f := NewFingerprinter(parse(t, NewKey("k")))
	seen := map[string]string{}
	for _, in := range [][]string{{"a", "bc"}, {"ab", "c"}, {"abc"}, {"abc", ""}, {"", "abc"}, {"a", "b", "c"}, {"b", "a", "c"}} {
		got := f.Of(in[0], in[1:]...)
		if other, ok := seen[got]; ok {
			t.Errorf("%q and %s have one fingerprint", in, other)
		}
		seen[got] = fmt.Sprintf("%q", in)
	}
}

func TestRotation(t *testing.T) {
	old, fresh := NewKey("old"), NewKey("new")
	before, after := parse(t, old), parse(t, fresh+" "+old)

	print := NewFingerprinter(before).Subject("email", "a@example.com")
	all := NewFingerprinter(after).Subjects("email", "a@example.com")
	if len(all) != 2 || all[1] != print {
		t.Errorf("Subjects = %v, want the old fingerprint %s second", all, print)
	}
	if got := NewFingerprinter(after).Subject("email", "a@example.com"); got != all[0] || !strings.HasPrefix(got, "new:") {
		t.Errorf("Subject = %s, want it under the new key", got)
	}

	sealed, err := NewBox(before).Seal([]byte("plain"), []byte("row 1"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := NewBox(after).Open(sealed, []byte("row 1")); err != nil || string(got) != "plain" {
		t.Errorf("Open after the rotation = %q, %v", got, err)
	}
	if _, err := NewBox(parse(t, fresh)).Open(sealed, []byte("row 1")); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("Open without the old key = %v, want ErrUnknownKey", err)
	}
	sealed, err = NewBox(after).Seal([]byte("plain"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewBox(before).Open(sealed, nil); !errors.Is(err, ErrUnknownKey) {
		t.Errorf("a value sealed after the rotation opens with %v, want ErrUnknownKey", err)
	}
}

func TestBoxRefusesAnyChange(t *testing.T) {
	box := NewBox(parse(t, NewKey("k1")+" "+NewKey("k2")))
	sealed, err := box.Seal([]byte("refresh token"), []byte("session 1"))
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("refresh")) {
		t.Fatal("the plain text stands in the sealed value")
	}
	for i := range sealed {
		for bit := range 8 {
			changed := bytes.Clone(sealed)
			changed[i] ^= 1 << bit
			if _, err := box.Open(changed, []byte("session 1")); err == nil {
				t.Fatalf("byte %d bit %d changed, and it opens", i, bit)
			}
		}
	}
	for n := range sealed {
		if _, err := box.Open(sealed[:n], []byte("session 1")); err == nil {
			t.Fatalf("cut to %d bytes, and it opens", n)
		}
	}
	for _, aad := range []string{"", "session 2", "session 11"} {
		if _, err := box.Open(sealed, []byte(aad)); !errors.Is(err, ErrBroken) {
			t.Errorf("Open for %q = %v, want ErrBroken", aad, err)
		}
	}
}

func TestBoxOpensWhatItSealed(t *testing.T) {
	box := NewBox(parse(t, NewKey("a")))
	rapid.Check(t, func(t *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		aad := rapid.SliceOf(rapid.Byte()).Draw(t, "aad")
		one, err := box.Seal(plain, aad)
		if err != nil {
			t.Fatal(err)
		}
		two, err := box.Seal(plain, aad)
		if err != nil || bytes.Equal(one, two) {
			t.Fatalf("two sealings are equal (%v): the nonce repeats", err)
		}
		if got, err := box.Open(one, aad); err != nil || !bytes.Equal(got, plain) {
			t.Fatalf("Open = %x, %v, want %x", got, err, plain)
		}
	})
}

func FuzzOpen(f *testing.F) {
	keys, err := ParseKeys(NewKey("k1"))
	if err != nil {
		f.Fatal(err)
	}
	box := NewBox(keys)
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Add([]byte{1, 255, 'k'})
	f.Add(append([]byte{1, 2, 'k', '1'}, make([]byte, 40)...))
	f.Fuzz(func(t *testing.T, sealed []byte) {
		if plain, err := box.Open(sealed, nil); err == nil {
			t.Errorf("opened %x to %x", sealed, plain)
		}
	})
}
