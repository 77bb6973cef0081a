package lookup

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

// large is a profile of about size bytes.
func large(size int) string {
	var b strings.Builder
	b.WriteString(`{"person":{"name":{"firstName":"Ana"},"birthDate":"1988-04-17"},"mobilePhone":{"number":"+5511987654321"},"_northwind":{"traits":{`)
	for i := 0; b.Len() < size; i++ {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `"trait%04d":{"score":%d,"source":"model","updatedOn":"2026-01-02","note":"%s"}`, i, i%1000, strings.Repeat("visited the store ", 32))
	}
	b.WriteString("}}}")
	return b.String()
}

func BenchmarkTwoMegabytes(b *testing.B) {
	entity := large(2 << 20)
	c := openedAs(b, entity, demoMasks...)
	b.Run("tokens", func(b *testing.B) { // the yardstick: reading, and nothing else
		b.SetBytes(int64(len(entity)))
		b.ReportAllocs()
		for b.Loop() {
			dec := decoder(c.entity)
			for {
				if _, err := dec.ReadToken(); errors.Is(err, io.EOF) {
					break
				}
			}
		}
	})
	b.Run("scan", func(b *testing.B) {
		b.SetBytes(int64(len(entity)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := scan(c.entity, c.masks); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, bench := range []struct {
		name string
		q    Query
	}{{"first200", Query{Limit: 200}}, {"last200", Query{From: 12_000, Limit: 200}}, {"all", Query{}}, {"filter", Query{Q: "score"}}} {
		b.Run(bench.name, func(b *testing.B) {
			b.SetBytes(int64(len(entity)))
			b.ReportAllocs()
			for b.Loop() {
				for _, err := range c.Rows(bench.q) {
					if err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
	b.Run("count", func(b *testing.B) {
		b.SetBytes(int64(len(entity)))
		b.ReportAllocs()
		for b.Loop() {
			if _, err := c.Count(Query{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
