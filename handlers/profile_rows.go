package handlers

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"profiledesk/internal/lookup"
	"profiledesk/views"
)

const (
	longValue = 600 // bytes of a value in a list; alone on the page it is shown whole
	rowMarkup = 230 // bytes of a row besides its texts
)

// attributes are the rows of one page.
func attributes(c *lookup.Customer, in profileQuery, path string) (views.Attributes, error) {
	v := views.Attributes{View: in.View, Q: in.Q, Policy: in.Policy, From: in.From}
	err := addRows(c, in, &v)
	if err != nil {
		return v, err
	}
	if v.Total = v.Matched; in.Q != "" {
		all := in
		all.Q = ""
		if v.Total, err = c.Count(all.rows(0)); err != nil {
			return v, fmt.Errorf("count rows: %w", err)
		}
	}
	if next := in.From + len(v.Rows); next < v.Matched && len(v.Rows) > 0 {
		v.More = in.url(path, next)
	}
	if in.From == 0 && in.Q == "" {
		v.Computed, err = computed(c)
	}
	return v, err
}

// addRows takes rows until the page is full, and counts all that match.
func addRows(c *lookup.Customer, in profileQuery, v *views.Attributes) error {
	bytes := 0
	var first lookup.Row
	v.Rows = make([]views.Attribute, 0, profileRows)
	var err error
	v.Matched, err = c.List(in.rows(profileRows), func(row lookup.Row) bool {
		a := viewsAttribute(row, false)
		bytes += rowMarkup + len(a.Path) + len(a.Label) + len(a.Title) + len(a.Value)
		if len(v.Rows) == 0 {
			first = row
		} else if bytes > rowBytes {
			return false
		}
		v.Rows = append(v.Rows, a)
		return true
	})
	if err != nil {
		return fmt.Errorf("read rows: %w", err)
	}
	if v.Matched == 1 && len(v.Rows) == 1 {
		v.Rows[0] = viewsAttribute(whole(c, first), true)
	}
	return nil
}

// whole is the row with all of its value.
func whole(c *lookup.Customer, row lookup.Row) lookup.Row {
	if full, ok, err := c.Value(row.Path); ok && err == nil {
		full.Index = row.Index
		return full
	}
	return row
}

func viewsAttribute(r lookup.Row, alone bool) views.Attribute {
	a := views.Attribute{
		Path: r.Path, Label: r.Name, Depth: r.Depth, Group: !r.Leaf(), Value: r.Value, Kind: r.Kind, Title: r.Title, Masked: r.Masked,
	}
	if r.Meaning != "" {
		a.Title = strings.TrimPrefix(a.Title+" · "+r.Meaning, " · ")
	}
	if r.Kind == lookup.KindString && strings.HasPrefix(r.Type, "date") {
		a.Kind = "date"
	}
	if r.Cut {
		a.Cut = max(r.Size-len(r.Value), 1)
	}
	if !alone && len(a.Value) > longValue {
		cut := longValue
		for cut > 0 && !utf8.RuneStart(a.Value[cut]) {
			cut--
		}
		a.Cut += len(a.Value) - cut
		a.Value = a.Value[:cut]
	}
	return a
}

// computed are the profile's computed attributes.
func computed(c *lookup.Customer) ([]views.Computed, error) {
	list, err := c.Computed()
	if err != nil {
		return nil, fmt.Errorf("read computed attributes: %w", err)
	}
	var out []views.Computed
	for _, one := range list {
		out = append(out, views.Computed{
			Name: one.Computed, Title: one.Title, Value: one.Value, Masked: one.Masked, At: one.At, Evaluated: one.Evaluated,
		})
	}
	return out, nil
}
