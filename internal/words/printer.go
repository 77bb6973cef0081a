package words

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
)

// Printer speaks to one reader. It is a small value: pass it by value. Its zero
// value is of no use; [Book.Printer] makes one.
type Printer struct {
	tongue *tongue
	zone   *time.Location
	now    time.Time
}

// Lang is the reader's language as HTML's lang attribute wants it.
func (p Printer) Lang() string { return p.tongue.lang }

// Zone is the name of the reader's time zone.
func (p Printer) Zone() string { return p.zone.String() }

// Now is the time of the request in the reader's zone.
func (p Printer) Now() time.Time { return p.now.In(p.zone) }

// Has tells whether the catalogue knows key.
func (p Printer) Has(key string) bool {
	_, ok := p.tongue.plain[key]
	return ok || p.tongue.plural[key]
}

// T says the message of key with {0}, {1}, … replaced by args: numbers of any
// integer type in the reader's format, all else as fmt prints it. An unknown key
// is said as it is, so that a page still shows something to report.
func (p Printer) T(key string, args ...any) string {
	text, ok := p.tongue.plain[key]
	if !ok {
		return key
	}
	return p.fill(text, args)
}

// Or says the message of key, or fallback as it is where the catalogue has none:
// for words that come from outside, like a status Adobe invents tomorrow.
func (p Printer) Or(key, fallback string) string {
	if p.Has(key) {
		return p.T(key)
	}
	return fallback
}

// N says the message of key in the plural form that n takes in the reader's
// language, with {n} replaced by the formatted count and {0}, {1}, … by args.
func (p Printer) N(key string, n int64, args ...any) string {
	if !p.tongue.plural[key] {
		return p.T(key, args...)
	}
	text, ok := p.tongue.form(key, n)
	if !ok {
		return key
	}
	return p.fill(strings.ReplaceAll(text, "{n}", p.Number(n)), args)
}

// counted is a message and a count.
type counted struct {
	key string
	n   int64
}

// manyForms is the count from which on plural forms are found anew each time.
const manyForms = 100

// form is the message of key in the plural form that n takes.
func (t *tongue) form(key string, n int64) (string, bool) {
	if text, ok := t.forms.Load(counted{key, n}); ok {
		return text.(string), true
	}
	text, err := t.local.Localize(&i18n.LocalizeConfig{MessageID: key, PluralCount: n, TemplateParser: template.IdentityParser{}})
	if err == nil && 0 <= n && n < manyForms {
		t.forms.Store(counted{key, n}, text)
	}
	return text, err == nil
}

// fill puts args in place of {0}, {1}, …
func (p Printer) fill(text string, args []any) string {
	if len(args) == 0 {
		return text
	}
	var b strings.Builder
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:open])
		text = text[open:]
		end := strings.IndexByte(text, '}')
		i, err := strconv.Atoi(text[1:max(end, 1)])
		if err != nil || i < 0 || i >= len(args) {
			b.WriteByte('{')
			text = text[1:]
			continue
		}
		b.WriteString(p.show(args[i]))
		text = text[end+1:]
	}
}

func (p Printer) show(a any) string {
	switch v := a.(type) {
	case string:
		return v
	case int:
		return p.Number(int64(v))
	case int64:
		return p.Number(v)
	case time.Duration:
		return p.Duration(v)
	case time.Time:
		return p.Exact(v)
	}
	return fmt.Sprint(a)
}
