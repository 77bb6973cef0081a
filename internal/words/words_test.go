package words_test

import (
	"sync"
	"testing"
	"time"

	"profiledesk/internal/words"
)

var now = time.Date(2026, 11, 24, 14, 30, 0, 0, time.UTC)

func printer(t *testing.T, lang, zone string) words.Printer {
	t.Helper()
	z, err := words.LoadZone(zone)
	if err != nil {
		t.Fatal(err)
	}
	return words.New().Printer(lang, z, now)
}

func TestPick(t *testing.T) {
	for _, tt := range []struct{ accept, preference, want string }{
		{"", "", "en"},
		{"pt-BR,pt;q=0.9,en;q=0.8", "", "pt-BR"},
		{"pt-PT", "", "pt-BR"},
		{"de,fr;q=0.5", "", "en"},
		{"de,pt;q=0.5", "", "pt-BR"},
		{"pt-BR", "en", "en"},
		{"en", "pt-BR", "pt-BR"},
		{"en", "xx", "en"},
		{";;;=", "", "en"},
	} {
		if got := words.Pick(tt.accept, tt.preference); got != tt.want {
			t.Errorf("Pick(%q, %q) = %q, want %q", tt.accept, tt.preference, got, tt.want)
		}
	}
}

func TestTime(t *testing.T) {
	en, pt := printer(t, "en", "UTC"), printer(t, "pt-BR", "UTC")
	day := 24 * time.Hour
	for _, tt := range []struct {
		age    time.Duration
		en, pt string
	}{
		{0, "just now", "agora mesmo"},
		{59 * time.Second, "just now", "agora mesmo"},
		{time.Minute, "1 minute ago", "há 1 minuto"},
		{3 * time.Minute, "3 minutes ago", "há 3 minutos"},
		{61 * time.Minute, "1 hour ago", "há 1 hora"},
		{25 * time.Hour, "1 day ago", "há 1 dia"},
		{29 * day, "29 days ago", "há 29 dias"},
		{70 * day, "2 months ago", "há 2 meses"},
		{800 * day, "2 years ago", "há 2 anos"},
		{-5 * time.Minute, "in 5 minutes", "em 5 minutos"},
		{-30 * day, "in 1 month", "em 1 mês"},
	} {
		if got := en.Time(now.Add(-tt.age)); got != tt.en {
			t.Errorf("en Time(%v ago) = %q, want %q", tt.age, got, tt.en)
		}
		if got := pt.Time(now.Add(-tt.age)); got != tt.pt {
			t.Errorf("pt-BR Time(%v ago) = %q, want %q", tt.age, got, tt.pt)
		}
	}
	if got := pt.Time(time.Time{}); got != "nunca" {
		t.Errorf("Time(zero) = %q", got)
	}
}

func TestExact(t *testing.T) {
	for _, tt := range []struct{ lang, zone, want string }{
		{"en", "UTC", "24 Nov 2026, 14:30:00 UTC"},
		{"en", "Europe/Berlin", "24 Nov 2026, 15:30:00 CET"},
		{"pt-BR", "America/Sao_Paulo", "24 nov. 2026, 11:30:00 UTC-3"},
		{"en", "Asia/Kolkata", "24 Nov 2026, 20:00:00 IST"},
		{"en", "Asia/Kathmandu", "24 Nov 2026, 20:15:00 UTC+5:45"},
	} {
		if got := printer(t, tt.lang, tt.zone).Exact(now); got != tt.want {
			t.Errorf("%s %s: Exact = %q, want %q", tt.lang, tt.zone, got, tt.want)
		}
	}
	for _, name := range []string{"Local", "Mars/Olympus", "../etc/passwd"} {
		if _, err := words.LoadZone(name); err == nil {
			t.Errorf("LoadZone(%q) was accepted", name)
		}
	}
	for _, name := range words.Zones() {
		if _, err := words.LoadZone(name); err != nil {
			t.Errorf("LoadZone(%q): %v", name, err)
		}
	}
}

func TestNumbers(t *testing.T) {
	en, pt := printer(t, "en", ""), printer(t, "pt-BR", "")
	for _, tt := range []struct{ got, want string }{
		{en.Number(0), "0"}, {en.Number(999), "999"}, {en.Number(1234567), "1,234,567"}, {en.Number(-1000), "-1,000"},
		{pt.Number(1234567), "1.234.567"}, {en.Number(-9223372036854775808), "-9,223,372,036,854,775,808"},
		{en.Percent(0.125), "12.5%"}, {pt.Percent(0.125), "12,5%"}, {en.Percent(1), "100%"},
		{en.Bytes(999), "999\u00a0B"}, {en.Bytes(2_000_000), "2\u00a0MB"}, {pt.Bytes(1_536), "1,5\u00a0kB"},
		{en.Duration(90 * time.Second), "1 minute 30 seconds"}, {pt.Duration(2*time.Hour + 5*time.Minute), "2 horas 5 minutos"},
		{en.Duration(0), "1 second"}, {en.Duration(50 * time.Hour), "2 days 2 hours"},
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestMessages(t *testing.T) {
	en, pt := printer(t, "en", ""), printer(t, "pt-BR", "")
	for _, tt := range []struct{ got, want string }{
		{en.T("meter.of", 1200, 5000), "1,200 of 5,000"},
		{pt.T("meter.of", 1200, 5000), "1.200 de 5.000"},
		{en.N("attribute.total", 1), "1 row"},
		{pt.N("attribute.total", 2), "2 linhas"},
		{pt.N("attribute.total", 1_000_000), "1.000.000 de linhas"}, // the form called many
		{en.T("no.such.key", 1), "no.such.key"},
		{en.Or("type.staging", "staging"), "staging"},
		{en.T("copy.it", "{1}{0}"), "Copy {1}{0}"}, // what is put in is not read again
	} {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

// One book serves all requests at once.
func TestBookIsShared(t *testing.T) {
	book := words.New()
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			p := book.Printer("pt-BR", time.UTC, now)
			for n := range int64(200) {
				if p.N("attribute.total", n) == "" {
					t.Error("nothing was said")
				}
			}
		})
	}
	wait.Wait()
}

func BenchmarkT(b *testing.B) {
	p := words.New().Printer("pt-BR", time.UTC, now)
	b.ReportAllocs()
	for b.Loop() {
		_ = p.T("attribute.masked")
		_ = p.T("meter.of", 3, 50)
		_ = p.N("time.ago.minute", 3)
	}
}
