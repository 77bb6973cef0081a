// Package words holds every sentence the site says, in English and Brazilian
// Portuguese, and a [Printer] that says them to one reader: in their language,
// their time zone and their number format.
//
// The catalogues are embedded files of go-i18n. A message may hold {0}, {1}, …
// for the arguments of [Printer.T], and {n} for the count of [Printer.N].
package words

import (
	"embed"
	"fmt"
	"sync"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
)

// English and Portuguese are the languages of the catalogues.
const (
	English    = "en"
	Portuguese = "pt-BR"
)

//go:embed active.en.json active.pt-BR.json
var files embed.FS

var matcher = language.NewMatcher([]language.Tag{language.English, language.BrazilianPortuguese})

// Book is all catalogues, read once. It is safe for concurrent use.
type Book struct {
	tongues map[string]*tongue
}

// tongue is one language, ready to be looked up.
type tongue struct {
	lang    string
	plain   map[string]string // messages without plural forms
	plural  map[string]bool   // messages with them: asked of the localizer
	local   *i18n.Localizer
	forms   sync.Map // counted → text, of small counts
	numbers numbers
}

// New reads the embedded catalogues. It panics where one cannot be parsed: that
// is a mistake in the program, and a test finds it first.
func New() *Book {
	b := &Book{tongues: map[string]*tongue{}}
	bundle := i18n.NewBundle(language.English)
	for _, lang := range Languages() {
		name := "active." + lang + ".json"
		data, err := files.ReadFile(name)
		if err != nil {
			panic(fmt.Sprintf("words: %v", err))
		}
		file, err := bundle.ParseMessageFileBytes(data, name)
		if err != nil {
			panic(fmt.Sprintf("words: %s: %v", name, err))
		}
		t := &tongue{lang: lang, plain: map[string]string{}, plural: map[string]bool{}, numbers: numbersOf(lang)}
		for _, m := range file.Messages {
			if m.One == "" && m.Many == "" {
				t.plain[m.ID] = m.Other
				continue
			}
			t.plural[m.ID] = true
		}
		b.tongues[lang] = t
	}
	for lang, t := range b.tongues {
		t.local = i18n.NewLocalizer(bundle, lang)
	}
	return b
}

// Languages names the languages of the catalogues, English first.
func Languages() []string { return []string{English, Portuguese} }

// Pick chooses the language for a reader: what they set themselves if it is one
// of ours, else the best match for their Accept-Language header, else English.
func Pick(acceptLanguage, preference string) string {
	for _, lang := range Languages() {
		if preference == lang {
			return lang
		}
	}
	tags, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(tags) == 0 {
		return English
	}
	_, i, confidence := matcher.Match(tags...)
	if confidence == language.No {
		return English
	}
	return Languages()[i]
}

// Printer makes the printer of one reader. A language that is not ours becomes
// English, a nil zone UTC. Now is the time of the request: relative times are
// counted from it, so that a page never reads a clock.
func (b *Book) Printer(lang string, zone *time.Location, now time.Time) Printer {
	t, ok := b.tongues[lang]
	if !ok {
		t = b.tongues[English]
	}
	if zone == nil {
		zone = time.UTC
	}
	return Printer{tongue: t, zone: zone, now: now}
}
