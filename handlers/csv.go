package handlers

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/labstack/echo/v4"
)

// plainNumber is what may begin with a sign without being a formula.
var plainNumber = regexp.MustCompile(`^[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]+)?$`)

// inside is a formula behind what a spreadsheet may take for the end of a cell:
// where the list separator is a semicolon, as in Brazil, the file is split there
// whatever quotation marks say.
var inside = regexp.MustCompile("([;\t\r\n][ \u00a0\ufeff\"]*)([=+\\-@|%＝＋－＠])")

// cell is text as it may stand in a CSV file. Spreadsheets run what begins
// with one of these characters as a formula, and customers write what they
// like into their profiles: an apostrophe in front keeps it a text.
func cell(text string) string {
	if strings.ContainsAny(text, ";\t\r\n") {
		text = inside.ReplaceAllString(text, "$1'$2")
	}
	begin := strings.TrimLeft(text, " \u00a0\ufeff\"")
	if begin == "" || !strings.ContainsRune("=+-@\t\r\n|%＝＋－＠", []rune(begin)[0]) || plainNumber.MatchString(text) {
		return text
	}
	return "'" + text
}

// table writes rows of a CSV file as they come.
type table struct{ w *csv.Writer }

// newTable begins a CSV answer with its head. From here on the status is sent:
// whatever can fail comes before.
func newTable(c echo.Context, name string, head ...string) (*table, error) {
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/csv; charset=utf-8; header=present")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf("attachment; filename=%q", name+".csv"))
	c.Response().WriteHeader(http.StatusOK)
	t := &table{w: csv.NewWriter(c.Response())}
	return t, t.row(head...)
}

func (t *table) row(cells ...string) error {
	guarded := make([]string, len(cells))
	for i, text := range cells {
		guarded[i] = cell(text)
	}
	if err := t.w.Write(guarded); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// end sends what is still buffered.
func (t *table) end() error {
	t.w.Flush()
	if err := t.w.Error(); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}
