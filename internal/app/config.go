package app

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"profiledesk/internal/seal"
)

// Config is what the settings mean. It is made by [ReadConfig] alone and is
// handed on in pieces: no package below reads the environment.
type Config struct {
	Addr        string
	PublicURL   string // an origin without a path
	DatabaseURL string // sqlite:PATH or postgres://…
	PolicyFile  string

	SessionKeys     seal.Keys
	SealKeys        seal.Keys
	FingerprintKeys seal.Keys
	Signer          note.Signer
	VerifierKey     string // of the signer and its forerunners, blanks between
	CheckpointFile  string
	CheckpointURL   string
	TrustedProxies  []netip.Prefix

	OIDCIssuer, OIDCClientID, OIDCClientSecret string
	OIDCScopes                                 []string
	OIDCGroupsClaim                            string
	OIDCAllowedHosts                           []string

	AEPURL, AEPIdentityURL, AEPIMSURL                string
	AEPOrgID, AEPClientID, AEPClientSecret, AEPScope string

	ReadOnly    bool
	MetricsAddr string
	LogLevel    slog.Level

	// AEPRate is how many calls a second may go to one sandbox, from all
	// replicas together: a bound on what a mistake of ours can do, since Adobe
	// publishes none. 0: no bound.
	AEPRate float64
	Tracing bool // OpenTelemetry's variables ask for traces
	Demo    bool // a banner says that the clocks are the demo's

	// Given are the settings that have a value, for the event settings.seen.
	Given []Setting
}

// Setting is one setting by name, with a value that may be a secret.
type Setting struct{ Name, value string }

// defaultAEPRate is far above what people at pages need.
const defaultAEPRate = 1000

var (
	orgID    = regexp.MustCompile(`^[0-9A-Za-z]{1,64}@AdobeOrg$`)
	hostPort = regexp.MustCompile(`^[^:/\s]*:[0-9]{1,5}$|^\[[0-9a-fA-F:.]+\]:[0-9]{1,5}$`)
)

// ReadConfig reads the settings through getenv and checks all of them. Its
// error is a *[SettingsError] that names every mistake at once.
func ReadConfig(getenv func(string) string) (Config, error) {
	var wrong mistakes
	s := readSettings(getenv, &wrong)
	c := Config{
		Addr: s.Addr, PublicURL: strings.TrimSuffix(s.PublicURL, "/"), DatabaseURL: s.DatabaseURL, PolicyFile: s.PolicyFile,
		CheckpointFile: s.CheckpointFile, CheckpointURL: s.CheckpointURL, MetricsAddr: s.MetricsAddr,
		OIDCIssuer: s.OIDCIssuer, OIDCClientID: s.OIDCClientID, OIDCClientSecret: s.OIDCClientSecret,
		OIDCScopes: strings.Fields(s.OIDCScopes), OIDCGroupsClaim: s.OIDCGroupsClaim, OIDCAllowedHosts: listed(s.OIDCAllowedHosts),
		AEPURL: strings.TrimSuffix(s.AEPURL, "/"), AEPIdentityURL: strings.TrimSuffix(s.AEPIdentityURL, "/"), AEPIMSURL: strings.TrimSuffix(s.AEPIMSURL, "/"),
		AEPOrgID: s.AEPOrgID, AEPClientID: s.AEPClientID, AEPClientSecret: s.AEPClientSecret, AEPScope: s.AEPScopes,
		AEPRate: defaultAEPRate, Tracing: tracing(getenv), Given: given(s),
	}
	if c.AEPIdentityURL == "" {
		c.AEPIdentityURL = c.AEPURL
	}
	c.checkAddresses(s, &wrong)
	c.checkKeys(s, &wrong)
	c.checkProvider(&wrong)
	c.checkAEP(&wrong)
	c.checkSwitches(s, &wrong)
	if len(wrong) > 0 {
		return Config{}, &SettingsError{Lines: wrong}
	}
	return c, nil
}

func (c *Config) checkAddresses(s settings, wrong *mistakes) {
	if !hostPort.MatchString(s.Addr) {
		wrong.add("ADDR", "must be HOST:PORT")
	}
	if s.MetricsAddr != "" && !hostPort.MatchString(s.MetricsAddr) {
		wrong.add("METRICS_ADDR", "must be HOST:PORT, or empty for none")
	}
	switch u := webAddress("PUBLIC_URL", c.PublicURL, wrong); {
	case u == nil:
	case u.Path != "" || u.RawQuery != "" || u.Fragment != "":
		wrong.add("PUBLIC_URL", "must be an origin: scheme, host and port, without a path")
	}
	if c.CheckpointURL != "" {
		webAddress("CHECKPOINT_URL", c.CheckpointURL, wrong)
	}
	if !strings.HasPrefix(c.DatabaseURL, "sqlite:") && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		wrong.add("DATABASE_URL", "must begin with sqlite: or postgres://")
	}
	if c.PolicyFile == "" {
		wrong.add("POLICY_FILE", "must be set: without it nobody may do anything")
	}
	for _, text := range listed(s.TrustedProxies) {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			wrong.add("TRUSTED_PROXIES", "must be address ranges such as 10.0.0.0/8, with blanks or commas between them")
			return
		}
		c.TrustedProxies = append(c.TrustedProxies, prefix)
	}
}

func (c *Config) checkKeys(s settings, wrong *mistakes) {
	c.SessionKeys = keys("SESSION_KEY", s.SessionKey, wrong)
	c.SealKeys = keys("SEAL_KEY", s.SealKey, wrong)
	c.FingerprintKeys = keys("FINGERPRINT_KEY", s.FingerprintKey, wrong)
	if s.SessionKey != "" && (s.SessionKey == s.SealKey || s.SessionKey == s.FingerprintKey) || s.SealKey != "" && s.SealKey == s.FingerprintKey {
		wrong.add("SEAL_KEY", "must differ from SESSION_KEY and FINGERPRINT_KEY, and these from each other")
	}
	var err error
	if c.Signer, c.VerifierKey, err = signingKeys(s.AuditSigningKey); err != nil {
		wrong.add("AUDIT_SIGNING_KEY", err.Error())
	}
}

func (c *Config) checkProvider(wrong *mistakes) {
	webAddress("OIDC_ISSUER", c.OIDCIssuer, wrong)
	required("OIDC_CLIENT_ID", c.OIDCClientID, wrong)
	required("OIDC_CLIENT_SECRET", c.OIDCClientSecret, wrong)
	for _, scope := range c.OIDCScopes {
		if scope == "openid" {
			return
		}
	}
	wrong.add("OIDC_SCOPES", "must contain openid")
}

func (c *Config) checkAEP(wrong *mistakes) {
	webAddress("AEP_URL", c.AEPURL, wrong)
	if c.AEPIdentityURL != c.AEPURL {
		webAddress("AEP_IDENTITY_URL", c.AEPIdentityURL, wrong)
	}
	if u := webAddress("AEP_IMS_URL", c.AEPIMSURL, wrong); u != nil && !strings.HasSuffix(u.Path, "/ims") {
		wrong.add("AEP_IMS_URL", "must end in /ims")
	}
	if !orgID.MatchString(c.AEPOrgID) {
		wrong.add("AEP_ORG_ID", "must be set, and end in @AdobeOrg")
	}
	required("AEP_CLIENT_ID", c.AEPClientID, wrong)
	required("AEP_CLIENT_SECRET", c.AEPClientSecret, wrong)
	required("AEP_SCOPES", c.AEPScope, wrong)
}

func (c *Config) checkSwitches(s settings, wrong *mistakes) {
	switch s.ReadOnly {
	case "true", "false":
		c.ReadOnly = s.ReadOnly == "true"
	default:
		wrong.add("READ_ONLY", "must be true or false")
	}
	if err := c.LogLevel.UnmarshalText([]byte(s.LogLevel)); err != nil {
		wrong.add("LOG_LEVEL", "must be debug, info, warn or error")
	}
}

func required(name, value string, wrong *mistakes) {
	if value == "" {
		wrong.add(name, "must be set")
	}
}

func keys(name, value string, wrong *mistakes) seal.Keys {
	if value == "" {
		wrong.add(name, "must be set: profiledesk keys prints one")
		return seal.Keys{}
	}
	parsed, err := seal.ParseKeys(value)
	if err != nil {
		wrong.addf(name, "must be ID:BASE64 of 32 bytes, several separated by blanks: %v", err)
	}
	return parsed
}

// webAddress checks an address that we call or are called by. Plain http is
// for loopback alone: anywhere else it would carry tokens in the clear.
func webAddress(name, value string, wrong *mistakes) *url.URL {
	if value == "" {
		wrong.add(name, "must be set")
		return nil
	}
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Scheme != "http" && u.Scheme != "https":
		wrong.add(name, "must be an http or https address without a user in it")
		return nil
	case u.Scheme == "http" && !loopback(u.Hostname()):
		wrong.add(name, "must be https: plain http is accepted on loopback only")
		return nil
	}
	return u
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// listed splits a list at blanks and commas.
func listed(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' })
}
