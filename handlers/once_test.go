package handlers

import (
	"errors"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"profiledesk/internal/auth"
)

func form(path string, fields url.Values) echo.Context {
	r := httptest.NewRequest("POST", path, strings.NewReader(fields.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r = r.WithContext(auth.WithUser(r.Context(), auth.User{Issuer: "https://idp", Subject: "s1"}))
	return echo.New().NewContext(r, httptest.NewRecorder())
}

func TestOnceWantsAnOp(t *testing.T) {
	for _, op := range []string{"", "short", "with blank here", strings.Repeat("a", 65), "<script>alert"} {
		if _, err := once(form("/me", url.Values{"op": {op}})); !errors.Is(err, ErrNoOp) {
			t.Errorf("once with op %q = %v, want ErrNoOp", op, err)
		}
	}
	if _, err := once(form("/me?op=ABCDEFGH", url.Values{})); !errors.Is(err, ErrNoOp) {
		t.Errorf("once with the op in the URL = %v, want ErrNoOp", err)
	}
	got, err := once(form("/me", url.Values{"op": {newOp()}}))
	if err != nil || got.Actor != "https://idp s1" {
		t.Errorf("once = %+v, %v", got, err)
	}
}

func TestOnceComparesValues(t *testing.T) {
	base := url.Values{"op": {"ABCDEFGH"}, "language": {"en"}, "zone": {"UTC"}}
	values := func(path string, change func(url.Values)) string {
		fields := url.Values{}
		for k, v := range base {
			fields[k] = append([]string{}, v...)
		}
		change(fields)
		if _, err := once(form("/me?op=ABCDEFGH", url.Values{})); !errors.Is(err, ErrNoOp) {
			t.Errorf("once with the op in the URL = %v, want ErrNoOp", err)
		}
		got, err := once(form(path, fields))
		if err != nil {
			t.Fatal(err)
		}
		return got.Values
	}
	same := values("/me", func(url.Values) {})
	if got := values("/me", func(f url.Values) { f.Set("op", "HGFEDCBA") }); got != same {
		t.Error("another op has other values")
	}
	for name, change := range map[string]func(url.Values){
		"value":    func(f url.Values) { f.Set("zone", "Europe/Lisbon") },
		"field":    func(f url.Values) { f.Set("shortcuts", "1") },
		"missing":  func(f url.Values) { f.Del("zone") },
		"repeated": func(f url.Values) { f.Add("zone", "UTC") },
		"moved":    func(f url.Values) { f.Set("language", "enUTC"); f.Set("zone", "") },
	} {
		if values("/me", change) == same {
			t.Errorf("%s: the values are the same", name)
		}
	}
	if values("/status/freeze", func(url.Values) {}) == same {
		t.Error("the form of another page has the same values")
	}
}
