package handlers

import (
	"encoding/csv"
	"net/http/httptest"
	"testing"

	"github.com/labstack/echo/v4"
)

func TestCellsAreNoFormulas(t *testing.T) {
	for in, want := range map[string]string{
		"":                         "",
		"ana":                      "ana",
		"=1+1":                     "'=1+1",
		"=HYPERLINK(\"http://x\")": "'=HYPERLINK(\"http://x\")",
		"@SUM(A1)":                 "'@SUM(A1)",
		"+cmd|' /C calc'!A0":       "'+cmd|' /C calc'!A0",
		"-2+3+cmd":                 "'-2+3+cmd",
		"\t=1":                     "'\t'=1",
		"\r=1":                     "'\r'=1",
		"  =1":                     "'  =1",
		"\u00a0=1":                 "'\u00a0=1",
		"＝1":                       "'＝1",
		"-12.5":                    "-12.5",
		"+5511999990000":           "+5511999990000",
		"-1e9":                     "-1e9",
		"a=1":                      "a=1",
		"1-2":                      "1-2",
		"ana;=cmd|' /C calc'!A0":   "ana;'=cmd|' /C calc'!A0",
		"a; \"@SUM(A1)":            "a; \"'@SUM(A1)",
		"a\n=1+1;b":                "a\n'=1+1;b",
		"a\tb\t＝1":                 "a\tb\t'＝1",
		"\"=1+1":                   "'\"=1+1",
		"a; b;c":                   "a; b;c",
	} {
		if got := cell(in); got != want {
			t.Errorf("cell(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestTableGuardsEveryCell(t *testing.T) {
	rec := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest("GET", "/x.csv", nil), rec)
	out, err := newTable(c, "x", "path", "value")
	if err != nil {
		t.Fatal(err)
	}
	if err := out.row("a\"b", "=1,2\n3"); err != nil {
		t.Fatal(err)
	}
	if err := out.end(); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(rec.Body).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "a\"b" || rows[1][1] != "'=1,2\n3" {
		t.Errorf("the file holds %q, %v", rows, err)
	}
	if got := rec.Header().Get("Content-Disposition"); got != `attachment; filename="x.csv"` {
		t.Errorf("Content-Disposition = %s", got)
	}
	if got := rec.Header().Get("Content-Type"); got != "text/csv; charset=utf-8; header=present" {
		t.Errorf("Content-Type = %s", got)
	}
}
