package app

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// right are settings without a mistake, with fresh keys.
func right(t *testing.T) map[string]string {
	t.Helper()
	set := map[string]string{
		"PUBLIC_URL": "https://desk.example.com", "POLICY_FILE": "policy.yaml", "OIDC_ISSUER": "https://id.example.com", "OIDC_CLIENT_ID": "desk",
		"OIDC_CLIENT_SECRET": "hush", "AEP_ORG_ID": "0A@AdobeOrg", "AEP_CLIENT_ID": "c", "AEP_CLIENT_SECRET": "hush", "AEP_SCOPES": "openid",
	}
	fresh, err := FreshKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range fresh {
		set[key[0]] = key[1]
	}
	return set
}

func TestEveryMistakeIsToldAtOnceAndNoValue(t *testing.T) {
	file := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(file, []byte("from-a-file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		change map[string]string
		want   []string
	}{
		{map[string]string{}, nil},
		{map[string]string{"PUBLIC_URL": "http://127.0.0.1:8080", "OIDC_ISSUER": "http://localhost:1", "AEP_URL": "http://[::1]:2"}, nil},
		{map[string]string{"OIDC_CLIENT_SECRET": "", "OIDC_CLIENT_SECRET_FILE": file}, nil},
		{map[string]string{"OIDC_CLIENT_SECRET_FILE": file}, []string{"OIDC_CLIENT_SECRET"}},
		{map[string]string{"OIDC_CLIENT_SECRET": "", "OIDC_CLIENT_SECRET_FILE": file + "hush"}, []string{"OIDC_CLIENT_SECRET_FILE", "OIDC_CLIENT_SECRET"}},
		{map[string]string{"PUBLIC_URL": "http://hush.example.com", "OIDC_ISSUER": "http://10.0.0.1", "AEP_URL": "http://hush"}, []string{"PUBLIC_URL", "OIDC_ISSUER", "AEP_URL"}},
		{map[string]string{"PUBLIC_URL": "https://hush.example.com/path"}, []string{"PUBLIC_URL"}},
		{map[string]string{"AEP_IMS_URL": "https://hush.example.com/token"}, []string{"AEP_IMS_URL"}},
		{map[string]string{"SESSION_KEY": "k1:hush", "SEAL_KEY": "hush", "FINGERPRINT_KEY": ""}, []string{"SESSION_KEY", "SEAL_KEY", "FINGERPRINT_KEY"}},
		{map[string]string{"AUDIT_SIGNING_KEY": "hush"}, []string{"AUDIT_SIGNING_KEY"}},
		{map[string]string{"ADDR": "hush", "DATABASE_URL": "mysql:hush", "TRUSTED_PROXIES": "hush", "READ_ONLY": "hush", "LOG_LEVEL": "hush", "METRICS_ADDR": "hush"},
			[]string{"ADDR", "METRICS_ADDR", "DATABASE_URL", "TRUSTED_PROXIES", "READ_ONLY", "LOG_LEVEL"}},
	} {
		set := right(t)
		for name, value := range test.change {
			set[name] = value
		}
		_, err := ReadConfig(func(name string) string { return set[name] })
		var wrong *SettingsError
		if !errors.As(err, &wrong) {
			if err != nil || test.want != nil {
				t.Errorf("%v: %v", test.change, err)
			}
			continue
		}
		if strings.Contains(err.Error(), "hush") {
			t.Errorf("a value is told: %v", err)
		}
		var names []string
		for _, line := range wrong.Lines {
			name, what, _ := strings.Cut(line, ": ")
			names = append(names, name)
			if what == "" || strings.ContainsAny(line, "\n\r") {
				t.Errorf("%q is no line NAME: what is wrong", line)
			}
		}
		if strings.Join(names, " ") != strings.Join(test.want, " ") {
			t.Errorf("%v: told of %v, want %v", test.change, names, test.want)
		}
	}
}

// The signing key may have its forerunners behind it, whole or public.
func TestSigningKeys(t *testing.T) {
	first, second := right(t)["AUDIT_SIGNING_KEY"], right(t)["AUDIT_SIGNING_KEY"]
	public, err := verifierKey(second)
	if err != nil {
		t.Fatal(err)
	}
	_, whole, err := signingKeys(first + " " + second)
	if err != nil || len(strings.Fields(whole)) != 2 || strings.Contains(whole, "PRIVATE") {
		t.Errorf("two signer keys: %q, %v", whole, err)
	}
	if signer, half, err := signingKeys(first + "\n" + public); err != nil || half != whole || signer == nil {
		t.Errorf("a signer and a verifier key: %q, %v; want %q", half, err, whole)
	}
	for _, text := range []string{"", " ", public, first + " x", first[:40]} {
		if _, _, err := signingKeys(text); err == nil || strings.Contains(err.Error(), "PRIVATE+KEY+") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// The commands beside the site take the setting as the site does.
func TestAuditCommandsTakeSeveralSigningKeys(t *testing.T) {
	c := command{getenv: func(name string) string {
		if name == "AUDIT_SIGNING_KEY" {
			return right(t)[name] + " " + right(t)[name]
		}
		return ""
	}}
	if signer, err := c.signer(); err != nil || signer == nil {
		t.Errorf("signer() = %v, %v", signer, err)
	}
}

// What keys prints is taken as it is by whatever reads NAME=value.
func TestKeysAreSettings(t *testing.T) {
	var out bytes.Buffer
	if err := runKeys(&out); err != nil {
		t.Fatal(err)
	}
	set := right(t)
	for line := range strings.Lines(out.String()) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if ok && !strings.HasPrefix(line, "#") {
			if strings.ContainsAny(value, `'" $\`) {
				t.Errorf("%s would need quotes", name)
			}
			set[name] = value
		}
	}
	if _, err := ReadConfig(func(name string) string { return set[name] }); err != nil {
		t.Error(err)
	}
}

// Where the settings are wrong, check still says a line for each part, and 2.
func TestCheckWithoutSettings(t *testing.T) {
	var stdout, stderr bytes.Buffer
	if code := Main(context.Background(), []string{"check"}, func(string) string { return "" }, &stdout, &stderr); code != 2 {
		t.Errorf("exit code %d", code)
	}
	lines := strings.Split(strings.TrimSpace(stdout.String()), "\n")
	for i, name := range strings.Fields("settings policy store log checkpoint idp token probe") {
		if i >= len(lines) || !strings.HasPrefix(lines[i], "fail "+name+": ") {
			t.Fatalf("line %d is not of %s:\n%s", i+1, name, stdout.String())
		}
	}
	if !strings.Contains(stderr.String(), "PUBLIC_URL: must be set\n") {
		t.Errorf("standard error: %s", stderr.String())
	}
}
