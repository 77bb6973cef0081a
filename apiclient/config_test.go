package apiclient

import (
	"strings"
	"testing"
)

func TestNewNamesEverySettingThatIsWrong(t *testing.T) {
	_, err := New(Config{URL: "http://platform.example", IMSURL: "https://ims.example/other", OrgID: "a b", ClientSecret: "geheim\n"})
	if err == nil {
		t.Fatal("New accepted it")
	}
	want := []string{
		"URL: must be https (http on loopback only)", "IdentityURL: must be https (http on loopback only)", "IMSURL: must end in /ims",
		"OrgID: holds blanks or control characters", "ClientID: is missing", "ClientSecret: holds blanks or control characters", "Scopes: is missing",
	}
	if got := err.Error(); got != strings.Join(want, "\n") {
		t.Errorf("err = %s\nwant %s", got, strings.Join(want, "\n"))
	}
	if strings.Contains(err.Error(), "geheim") {
		t.Error("the error shows a value")
	}
}

func TestURLs(t *testing.T) {
	for url, ok := range map[string]bool{
		"https://platform.adobe.io": true, "https://platform.adobe.io/": true, "http://127.0.0.1:8080": true, "http://localhost:1": true, "http://[::1]:1": true,
		"": false, "platform.adobe.io": false, "http://10.0.0.1": false, "ftp://127.0.0.1": false, "https://u:p@platform.adobe.io": false,
		"https://platform.adobe.io?x=y": false, "https://platform.adobe.io#x": false, "https://": false, "://": false, "http://localhost.example": false,
	} {
		if got := checkURL(url) == ""; got != ok {
			t.Errorf("checkURL(%q) = %q, want ok %v", url, checkURL(url), ok)
		}
	}
}
