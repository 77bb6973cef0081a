package apiclient

import (
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"
)

func TestParseTime(t *testing.T) {
	at := time.Date(2026, 3, 1, 3, 21, 40, 0, time.UTC)
	ms := at.Add(697 * time.Millisecond)
	for _, tt := range []struct {
		in   string
		want time.Time
	}{
		{"1772335300", at},
		{"1772335300000", at},
		{"1772335300697", ms},
		{"1772335300697000", ms},
		{`"1772335300697"`, ms},
		{"2026-03-01T03:21:40Z", at},
		{"2026-03-01T04:21:40+01:00", at},
		{"2026-03-01T03:21:40.697Z", ms},
		{"2026-03-01T03:21:40.697", ms},
		{"2026-03-01T03:21:40.697+0000", ms},
		{"2026-03-01T05:21:40.697+0200", ms},
		{"2026-03-01 03:21:40.0", at},
		{"2026-03-01 03:21:40", at},
		{"03-01-2026 03:21:40", at},
		{"2026-03-01", at.Truncate(24 * time.Hour)},
		{"2026-01-01T00:03:12.000412Z", time.Date(2026, 1, 1, 0, 3, 12, 412000, time.UTC)},
		{"", time.Time{}}, {"null", time.Time{}}, {`"null"`, time.Time{}}, {"0", time.Time{}}, {"-5", time.Time{}},
		{"yesterday", time.Time{}}, {"NaN", time.Time{}}, {"1e300", time.Time{}}, {"Inf", time.Time{}},
	} {
		if got := parseTime(tt.in); !got.Equal(tt.want) || got.Location() != time.UTC {
			t.Errorf("parseTime(%s) = %v, want %v", tt.in, got, tt.want)
		}
	}
}

// The forms in which the platform sends one and the same thing.
func TestLenient(t *testing.T) {
	type all struct {
		Text string    `json:"text"`
		Int  int64     `json:"int"`
		Frac float64   `json:"frac"`
		Bool bool      `json:"bool"`
		At   time.Time `json:"at"`
		List []string  `json:"list"`
	}
	at := time.UnixMilli(1772335300000).UTC()
	for _, tt := range []struct {
		in   string
		want all
	}{
		{`{"text":"x","int":5,"frac":0.5,"bool":true,"at":1772335300,"list":["a","b"]}`, all{"x", 5, 0.5, true, at, []string{"a", "b"}}},
		{`{"text":7,"int":"5","frac":"0.5","bool":"true","at":"1772335300000","list":"a"}`, all{"7", 5, 0.5, true, at, []string{"a"}}},
		{`{"int":"\"288140\"","bool":"\"true\"","at":"2026-03-01 03:21:40.0"}`, all{Int: 288140, Bool: true, At: at}},
		{`{"text":null,"int":"\"null\"","frac":null,"bool":null,"at":null,"list":null}`, all{}},
		{`{"text":{"a":1},"int":"","frac":"","bool":"","at":[],"list":""}`, all{}},
		{`{"int":5.0,"bool":"false","list":[1,null,true]}`, all{Int: 5, List: []string{"1", "", "true"}}},
		{`{"TEXT":"x","In_t":5}`, all{Text: "x", Int: 5}},
		{`{"text":"first","text":"second"}`, all{Text: "second"}},
	} {
		var got all
		if err := json.Unmarshal([]byte(tt.in), &got, lenient); err != nil {
			t.Errorf("%s: %v", tt.in, err)
		} else if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.in, diff)
		}
	}
	// A count that is no number is not nothing: zero would be a lie.
	for _, in := range []string{`{"int":"many"}`, `{"int":{}}`, `{"int":true}`, `{"frac":"NaN"}`, `{"int":1e300}`} {
		var got all
		if err := json.Unmarshal([]byte(in), &got, lenient); err == nil {
			t.Errorf("%s was read as %+v", in, got)
		}
	}
}
