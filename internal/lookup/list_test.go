package lookup

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// One pass says what two passes say.
func TestListIsRowsAndCount(t *testing.T) {
	c := openedAs(t, large(20_000), demoMasks...)
	for _, q := range []Query{{}, {Limit: 7}, {From: 3, Limit: 7}, {Flat: true, Limit: 10}, {Q: "score", Limit: 5}, {Q: "nothing like it", Limit: 5}, {From: 1 << 20, Limit: 5}} {
		page, err := c.Page(q)
		if err != nil {
			t.Fatal(err)
		}
		count, err := c.Count(q)
		if err != nil {
			t.Fatal(err)
		}
		var rows []Row
		matched, err := c.List(q, func(r Row) bool { rows = append(rows, r); return true })
		if err != nil || matched != count {
			t.Errorf("List(%+v) = %d, %v, want %d", q, matched, err, count)
		}
		if d := cmp.Diff(page.Rows, rows); d != "" {
			t.Errorf("List(%+v), -Page +List:\n%s", q, d)
		}
		calls := 0
		if matched, err = c.List(q, func(Row) bool { calls++; return false }); err != nil || matched != count || calls > 1 {
			t.Errorf("List(%+v) that stops = %d after %d calls, %v, want %d", q, matched, calls, err, count)
		}
	}
}
