package contract

import (
	"fmt"
	"strings"
	"testing"
)

// exception is a place where client or emulator differ from the OpenAPI files
// on purpose. Its reason names the source that is trusted more.
type exception struct {
	operation string // "" is any
	status    int    // 0 is any
	what      string // part of what is found
	why       string
}

func (e exception) covers(operation string, status int, what string) bool {
	return (e.operation == "" || e.operation == operation) && (e.status == 0 || e.status == status) && strings.Contains(what, e.what)
}

// verdicts sorts what was found into what is excepted and what is not.
type verdicts struct {
	exceptions []exception
	used       []bool
	found      map[string]int
}

func judge(exceptions []exception) *verdicts {
	return &verdicts{exceptions: exceptions, used: make([]bool, len(exceptions)), found: map[string]int{}}
}

func (v *verdicts) add(operation string, status int, what string) {
	excepted := false
	for i, e := range v.exceptions {
		if e.covers(operation, status, what) {
			v.used[i], excepted = true, true
		}
	}
	if !excepted {
		v.found[fmt.Sprintf("%s %d: %s", operation, status, what)]++
	}
}

// close fails for each breach, and for each exception that nothing needed.
func (v *verdicts) close(t *testing.T) {
	t.Helper()
	for what, times := range v.found {
		t.Errorf("%s (%d times)", what, times)
	}
	for i, e := range v.exceptions {
		if !v.used[i] {
			t.Errorf("exception %q %d %q is needed by nothing any more", e.operation, e.status, e.what)
		}
	}
}

func TestExchangesKeepToTheTableOfFacts(t *testing.T) {
	table := readFacts(t)
	v := judge(tableExceptions)
	exchanges := append(drive(t), provoke(t)...)
	for _, x := range exchanges {
		for _, b := range table.compare(x) {
			v.add(b.Operation, b.Status, b.What)
		}
	}
	if len(exchanges) < 60 {
		t.Errorf("%d exchanges were compared, want 60 at least", len(exchanges))
	}
	v.close(t)
}
