package words

import (
	"fmt"
	"strconv"
	"time"
	_ "time/tzdata" // the image has no zone files
)

// Zones are the time zones that the settings page offers. Any other name of the
// IANA list is accepted as well.
func Zones() []string {
	return []string{
		"UTC",
		"America/Sao_Paulo", "America/Fortaleza", "America/Manaus", "America/Rio_Branco", "America/Noronha",
		"America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
		"America/Mexico_City", "America/Bogota", "America/Santiago", "America/Argentina/Buenos_Aires",
		"Europe/Lisbon", "Europe/London", "Europe/Paris", "Europe/Berlin", "Europe/Bucharest",
		"Asia/Kolkata", "Asia/Singapore", "Asia/Tokyo", "Australia/Sydney",
	}
}

// LoadZone finds a zone by its IANA name. The empty name is UTC; "Local", which
// would be the server's, is refused.
func LoadZone(name string) (*time.Location, error) {
	if name == "" {
		return time.UTC, nil
	}
	if name == "Local" {
		return nil, fmt.Errorf("load zone: Local is the server's own")
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load zone: %w", err)
	}
	return zone, nil
}

// step is one unit of a relative time and the largest age it is used for.
type step struct {
	below, unit time.Duration
	ago, in     string // keys
}

// steps go up; app.js counts by the same ones when it refreshes a page.
var steps = []step{
	{time.Hour, time.Minute, "time.ago.minute", "time.in.minute"},
	{24 * time.Hour, time.Hour, "time.ago.hour", "time.in.hour"},
	{30 * 24 * time.Hour, 24 * time.Hour, "time.ago.day", "time.in.day"},
	{365 * 24 * time.Hour, 30 * 24 * time.Hour, "time.ago.month", "time.in.month"},
	{1 << 62, 365 * 24 * time.Hour, "time.ago.year", "time.in.year"},
}

// Time says t relative to the request: "3 minutes ago", "in 2 days". Less than a
// minute either way is "just now"; the zero time is the word for never.
func (p Printer) Time(t time.Time) string {
	if t.IsZero() {
		return p.T("time.never")
	}
	age := p.now.Sub(t)
	past := age >= 0
	if !past {
		age = -age
	}
	if age < time.Minute {
		return p.T("time.now")
	}
	for _, s := range steps {
		if age < s.below {
			key := s.ago
			if !past {
				key = s.in
			}
			return p.N(key, int64(age/s.unit))
		}
	}
	return p.Exact(t)
}

// Exact writes t to the second in the reader's zone, with the zone's name.
func (p Printer) Exact(t time.Time) string {
	if t.IsZero() {
		return p.T("time.never")
	}
	t = t.In(p.zone)
	zone, offset := t.Zone()
	if zone == "" || zone[0] == '+' || zone[0] == '-' {
		zone = "UTC" + signed(offset)
	}
	return p.Date(t) + ", " + t.Format("15:04:05") + " " + zone
}

// signed writes an offset east of UTC as +5:30 or -3.
func signed(seconds int) string {
	sign := "+"
	if seconds < 0 {
		sign, seconds = "-", -seconds
	}
	text := sign + strconv.Itoa(seconds/3600)
	if m := seconds % 3600 / 60; m > 0 {
		text += fmt.Sprintf(":%02d", m)
	}
	return text
}

// Date writes the day of t in the reader's zone.
func (p Printer) Date(t time.Time) string {
	if t.IsZero() {
		return p.T("time.never")
	}
	t = t.In(p.zone)
	return strconv.Itoa(t.Day()) + " " + p.T("month."+strconv.Itoa(int(t.Month()))) + " " + strconv.Itoa(t.Year())
}

// Stamp is t for a datetime attribute: RFC 3339 in UTC.
func (p Printer) Stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// Duration says how long d is in its largest unit that fits, with a second one
// where it adds something: "2 hours 5 minutes". Less than a second is said as one.
func (p Printer) Duration(d time.Duration) string {
	if d < 0 {
		d = -d
	}
	d = d.Round(time.Second)
	switch {
	case d < time.Minute:
		return p.N("time.second", max(1, int64(d/time.Second)))
	case d < time.Hour:
		return p.two("time.minute", int64(d/time.Minute), "time.second", int64(d%time.Minute/time.Second))
	case d < 24*time.Hour:
		return p.two("time.hour", int64(d/time.Hour), "time.minute", int64(d%time.Hour/time.Minute))
	}
	day := 24 * time.Hour
	return p.two("time.day", int64(d/day), "time.hour", int64(d%day/time.Hour))
}

func (p Printer) two(big string, n int64, small string, m int64) string {
	if m == 0 {
		return p.N(big, n)
	}
	return p.N(big, n) + " " + p.N(small, m)
}
