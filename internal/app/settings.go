package app

import (
	"fmt"
	"os"
	"reflect"
	"strings"

	"github.com/caarlos0/env/v11"
)

// settings are the environment variables as they were typed. A field tagged
// secret may come from a file instead, named by NAME_FILE.
type settings struct {
	Addr      string `env:"ADDR" envDefault:"127.0.0.1:8080"`
	PublicURL string `env:"PUBLIC_URL"`

	DatabaseURL string `env:"DATABASE_URL" envDefault:"sqlite:profiledesk.db" secret:"yes"`
	PolicyFile  string `env:"POLICY_FILE"`

	SessionKey      string `env:"SESSION_KEY" secret:"yes"`
	SealKey         string `env:"SEAL_KEY" secret:"yes"`
	FingerprintKey  string `env:"FINGERPRINT_KEY" secret:"yes"`
	AuditSigningKey string `env:"AUDIT_SIGNING_KEY" secret:"yes"`
	CheckpointFile  string `env:"CHECKPOINT_FILE"`
	CheckpointURL   string `env:"CHECKPOINT_URL"`
	TrustedProxies  string `env:"TRUSTED_PROXIES"`

	OIDCIssuer       string `env:"OIDC_ISSUER"`
	OIDCClientID     string `env:"OIDC_CLIENT_ID"`
	OIDCClientSecret string `env:"OIDC_CLIENT_SECRET" secret:"yes"`
	OIDCScopes       string `env:"OIDC_SCOPES" envDefault:"openid profile email groups offline_access"`
	OIDCGroupsClaim  string `env:"OIDC_GROUPS_CLAIM" envDefault:"groups"`
	OIDCAllowedHosts string `env:"OIDC_ALLOWED_HOSTS"`

	AEPURL          string `env:"AEP_URL" envDefault:"https://platform.adobe.io"`
	AEPIdentityURL  string `env:"AEP_IDENTITY_URL"`
	AEPIMSURL       string `env:"AEP_IMS_URL" envDefault:"https://ims-na1.adobelogin.com/ims"`
	AEPOrgID        string `env:"AEP_ORG_ID"`
	AEPClientID     string `env:"AEP_CLIENT_ID"`
	AEPClientSecret string `env:"AEP_CLIENT_SECRET" secret:"yes"`
	AEPScopes       string `env:"AEP_SCOPES"`

	ReadOnly    string `env:"READ_ONLY" envDefault:"false"`
	MetricsAddr string `env:"METRICS_ADDR"`
	LogLevel    string `env:"LOG_LEVEL" envDefault:"info"`

	NotifyURL      string `env:"NOTIFY_URL"`
	NotifyKey      string `env:"NOTIFY_KEY" secret:"yes"`
	SMTPURL        string `env:"SMTP_URL" secret:"yes"`
	MailFrom       string `env:"MAIL_FROM"`
	AuditStreamURL string `env:"AUDIT_STREAM_URL"`
}

// readSettings reads every variable of settings through getenv. A mistake is
// the name and the rule: a value may be a secret in the wrong place.
func readSettings(getenv func(string) string, wrong *mistakes) settings {
	var s settings
	given := map[string]string{}
	typ := reflect.TypeFor[settings]()
	for i := range typ.NumField() {
		field := typ.Field(i)
		name := field.Tag.Get("env")
		value := getenv(name)
		if field.Tag.Get("secret") != "" {
			value = secret(name, value, getenv(name+"_FILE"), wrong)
		}
		if value != "" {
			given[name] = value
		}
	}
	if err := env.ParseWithOptions(&s, env.Options{Environment: given}); err != nil {
		wrong.add("settings", "cannot be read")
	}
	return s
}

// secret is the value of NAME, or the first line of the file that NAME_FILE
// names, as mounted secrets have it.
func secret(name, value, file string, wrong *mistakes) string {
	switch {
	case file == "":
		return value
	case value != "":
		wrong.add(name, "is set, and "+name+"_FILE too: set one of them")
		return value
	}
	text, err := os.ReadFile(file)
	if err != nil {
		wrong.add(name+"_FILE", "the file cannot be read")
		return ""
	}
	return strings.TrimSpace(string(text))
}

// given are the settings that have a value, in the order of the manual.
func given(s settings) []Setting {
	var list []Setting
	values := reflect.ValueOf(s)
	for i := range values.NumField() {
		if value := values.Field(i).String(); value != "" {
			list = append(list, Setting{Name: values.Type().Field(i).Tag.Get("env"), value: value})
		}
	}
	return list
}

// tracing says whether OpenTelemetry's own variables ask for traces.
func tracing(getenv func(string) string) bool {
	if getenv("OTEL_SDK_DISABLED") == "true" || getenv("OTEL_TRACES_EXPORTER") == "none" {
		return false
	}
	return getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" || getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != ""
}

// mistakes collects what is wrong with the settings, so that all of it is told
// at once.
type mistakes []string

func (m *mistakes) add(name, what string) { *m = append(*m, name+": "+what) }

func (m *mistakes) addf(name, format string, args ...any) { m.add(name, fmt.Sprintf(format, args...)) }

// SettingsError lists every mistake in the settings, a line NAME: what is
// wrong each. No line holds a value.
type SettingsError struct{ Lines []string }

func (e *SettingsError) Error() string { return strings.Join(e.Lines, "\n") }
