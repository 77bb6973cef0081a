package handlers

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// What is understood of a query is understood of the links made from it.
func FuzzAuditQuery(f *testing.F) {
	for _, seed := range []string{
		"", "actor=Ana&kind=profile&sandbox=dev&from=2026-03-01&to=2026-03-02T10:00&request=A-1&cursor=7",
		"subject=" + print1 + "+" + print2, "subject=" + print1 + "&subject=x", "from=2026-03-01T00:00:00Z&to=0001-01-01", "actor=%00%ff&kind=.",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		q, err := url.ParseQuery(raw)
		if err != nil {
			return
		}
		in, filter, wrong := readAuditQuery(q, time.UTC)
		again, same, wrong2 := readAuditQuery(in.values(), time.UTC)
		if again.Cursor = in.Cursor; len(wrong) > 0 {
			return
		}
		same.Cursor = filter.Cursor
		if len(wrong2) > 0 || !slices.Equal(filter.Subjects, same.Subjects) || filter.Actor != same.Actor || filter.Kind != same.Kind ||
			filter.Sandbox != same.Sandbox || filter.Request != same.Request || !filter.From.Equal(same.From) || !filter.To.Equal(same.To) {
			t.Errorf("%q is %+v, and its link %+v (wrong: %v)", raw, filter, same, wrong2)
		}
		for _, value := range in.recorded(false, nil).detail() {
			if text, ok := value.(string); ok && strings.Contains(text, "@") {
				t.Errorf("the log would keep %q", text)
			}
		}
	})
}

// No cell begins as a formula does, and nothing of it is lost.
func FuzzCell(f *testing.F) {
	for _, seed := range []string{"", "=1", " =1", "-1", "-1+cmd", "\t@x", "＝1", "\xff=", "'"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got := cell(text)
		if strings.ReplaceAll(got, "'", "") != strings.ReplaceAll(text, "'", "") {
			t.Errorf("cell(%q) = %q", text, got)
		}
		if begin := strings.TrimLeft(got, " \u00a0\ufeff"); begin != "" && strings.ContainsAny(begin[:1], "=@+-\t\r") && !plainNumber.MatchString(text) {
			t.Errorf("cell(%q) = %q begins as a formula", text, got)
		}
	})
}
