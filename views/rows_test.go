package views

import (
	"html"
	"strings"
	"testing"
)

func TestRowsEscape(t *testing.T) {
	nasty := `<b title="it's">&amp;` + "\x00é"
	if got, want := string(appendText(nil, nasty)), html.EscapeString(nasty); got != want {
		t.Errorf("appendText(%q) = %q, want %q", nasty, got, want)
	}
	for _, a := range []Attribute{
		{Path: nasty, Value: nasty, Kind: nasty, Title: nasty},
		{Path: nasty, Label: nasty, Kind: nasty, Title: nasty, Group: true},
		{Path: nasty, Kind: nasty, Title: nasty, Masked: true},
		{Path: "a", Value: nasty, Kind: "string", Cut: 7},
	} {
		got := render(t, rowsOf(stranger("en", "", "/s/dev/profiles/X"), []Attribute{a}, true))
		if strings.Contains(got, "<b") || strings.Contains(got, "it's") {
			t.Errorf("row of %+v is not escaped: %s", a, got)
		}
		if a.Masked != strings.Contains(got, `data-masked="true"`) {
			t.Errorf("row of %+v: %s", a, got)
		}
	}
}

func BenchmarkRows(b *testing.B) {
	rows := make([]Attribute, 200)
	for i := range rows {
		rows[i] = Attribute{Path: "person.name.firstName", Label: "firstName", Depth: 2, Value: "Ana & Maria", Kind: "string", Title: "First name"}
	}
	var w strings.Builder
	p := stranger("en", "", "/s/dev/profiles/X")
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		if err := rowsOf(p, rows, true).Render(b.Context(), &w); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(w.Len()))
}
