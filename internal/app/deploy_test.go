package app

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"profiledesk/internal/auth"
)

// names are all settings, those that may come from a file as NAME_FILE too.
func names() map[string]bool {
	all := map[string]bool{}
	typ := reflect.TypeFor[settings]()
	for i := range typ.NumField() {
		name := typ.Field(i).Tag.Get("env")
		all[name] = true
		if typ.Field(i).Tag.Get("secret") != "" {
			all[name+"_FILE"] = true
		}
	}
	return all
}

// documents reads every document of a YAML file.
func documents(t *testing.T, path string) []map[string]any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var list []map[string]any
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var one map[string]any
		err := d.Decode(&one)
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		list = append(list, one)
	}
}

// reach follows keys and list places down a document.
func reach(t *testing.T, at any, path ...any) any {
	t.Helper()
	for _, step := range path {
		switch step := step.(type) {
		case string:
			at = at.(map[string]any)[step]
		case int:
			at = at.([]any)[step]
		}
		if at == nil {
			t.Fatalf("there is no %v in %v", step, path)
		}
	}
	return at
}

var shouted = regexp.MustCompile(`\b[A-Z]+_[A-Z_]+\b`)

// What deploy/ sets are settings of ours.
func TestDeployNamesOurSettings(t *testing.T) {
	known := names()
	compose := documents(t, "../../deploy/compose.yaml")[0]
	for name := range reach(t, compose, "services", "site", "environment").(map[string]any) {
		if !known[name] {
			t.Errorf("compose.yaml: %s is no setting", name)
		}
	}
	example, err := os.ReadFile("../../deploy/site.env.example")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(example)) {
		if name, _, ok := strings.Cut(line, "="); ok && !strings.HasPrefix(line, "#") && !known[name] {
			t.Errorf("site.env.example: %s is no setting", name)
		}
	}
	found := false
	for _, doc := range documents(t, "../../deploy/kubernetes/profiledesk.yaml") {
		if doc["kind"] != "Deployment" {
			continue
		}
		found = true
		for _, entry := range reach(t, doc, "spec", "template", "spec", "containers", 0, "env").([]any) {
			if name := entry.(map[string]any)["name"].(string); !known[name] {
				t.Errorf("kubernetes: %s is no setting", name)
			}
		}
	}
	if !found {
		t.Error("kubernetes: no Deployment")
	}
	for _, path := range []string{"../../deploy/kubernetes/profiledesk.yaml", "../../Dockerfile"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range shouted.FindAllString(string(text), -1) {
			if name != "CGO_ENABLED" && name != "SQLITE_TMPDIR" && !known[name] { // Go's and SQLite's own
				t.Errorf("%s: %s is no setting", path, name)
			}
		}
	}
}

var imageSetting = regexp.MustCompile(`(?m)^(?:ENV|   ) ([A-Z_]+)=(\S+)`)

// The image, the Compose file, the example and fresh keys make settings that
// the site takes, secrets in files.
func TestComposeStarts(t *testing.T) {
	image, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	set := map[string]string{}
	for _, found := range imageSetting.FindAllStringSubmatch(string(image), -1) {
		set[found[1]] = found[2]
	}
	if set["ADDR"] == "" {
		t.Fatal("the image's settings were not found")
	}
	example, err := os.ReadFile("../../deploy/site.env.example")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(example)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(line, "#") {
			set[name] = value
		}
	}
	fresh, err := FreshKeys()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range fresh {
		set[key[0]] = key[1]
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("postgres://profiledesk@postgres/profiledesk\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	compose := documents(t, "../../deploy/compose.yaml")[0]
	for name, value := range reach(t, compose, "services", "site", "environment").(map[string]any) {
		if set[name] = value.(string); strings.HasSuffix(name, "_FILE") && strings.HasPrefix(value.(string), "/run/secrets/") {
			set[name] = secret
		}
	}
	if _, err := ReadConfig(func(name string) string { return set[name] }); err != nil {
		t.Error(err)
	}
}

// The policies that we hand out are taken by the site.
func TestDeployPoliciesAreTaken(t *testing.T) {
	if _, err := auth.OpenPolicy("../../deploy/policy.example.yaml", time.Now); err != nil {
		t.Error(err)
	}
	for _, doc := range documents(t, "../../deploy/kubernetes/profiledesk.yaml") {
		if doc["kind"] != "ConfigMap" {
			continue
		}
		file := filepath.Join(t.TempDir(), "policy.yaml")
		if err := os.WriteFile(file, []byte(reach(t, doc, "data", "policy.yaml").(string)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := auth.OpenPolicy(file, time.Now); err != nil {
			t.Errorf("kubernetes: %v", err)
		}
	}
}

// The manual explains every setting.
func TestTheManualNamesEverySetting(t *testing.T) {
	manual, err := os.ReadFile("../../docs/operation.md")
	if err != nil {
		t.Fatal(err)
	}
	for name := range names() {
		if !strings.HasSuffix(name, "_FILE") && !strings.Contains(string(manual), "`"+name+"`") {
			t.Errorf("docs/operation.md does not explain %s", name)
		}
	}
}
