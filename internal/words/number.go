package words

import (
	"strconv"
	"strings"
)

// numbers is how a language writes digits.
type numbers struct {
	group, point string
}

func numbersOf(lang string) numbers {
	if lang == Portuguese {
		return numbers{group: ".", point: ","}
	}
	return numbers{group: ",", point: "."}
}

// Number writes n with the reader's thousands separator.
func (p Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "-", digits[1:]
	}
	return sign + p.grouped(digits)
}

func (p Printer) grouped(digits string) string {
	if len(digits) <= 3 {
		return digits
	}
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(p.tongue.numbers.group)
		}
		b.WriteRune(d)
	}
	return b.String()
}

// Decimal writes f with at most places digits after the point and no zeros at
// the end.
func (p Printer) Decimal(f float64, places int) string {
	text := strconv.FormatFloat(f, 'f', places, 64)
	sign := ""
	if strings.HasPrefix(text, "-") {
		sign, text = "-", text[1:]
	}
	whole, part, _ := strings.Cut(text, ".")
	part = strings.TrimRight(part, "0")
	if part == "" {
		return sign + p.grouped(whole)
	}
	return sign + p.grouped(whole) + p.tongue.numbers.point + part
}

// Percent writes a share of one: 0.125 is 12.5%.
func (p Printer) Percent(share float64) string {
	return p.Decimal(share*100, 1) + "%"
}

// Bytes writes a size in the largest unit of 1,000 that leaves a whole number
// before the point: 2000000 is 2 MB.
func (p Printer) Bytes(n int64) string {
	const step = 1000
	f, units := float64(n), []string{"B", "kB", "MB", "GB", "TB"}
	i := 0
	for (f >= step || f <= -step) && i < len(units)-1 {
		f /= step
		i++
	}
	return p.Decimal(f, 1) + "\u00a0" + units[i]
}
