package aep

import (
	"regexp"
	"strings"
	"testing"
)

// TestDeviationsNameCallsThatExist keeps the list from outliving what it lists.
func TestDeviationsNameCallsThatExist(t *testing.T) {
	served := strings.Join(Operations(), "\n")
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	seen := map[Deviation]bool{}
	for _, d := range Deviations {
		path := strings.TrimSuffix(parameter.ReplaceAllString(d.Path, "{}"), "/")
		if !regexp.MustCompile(`(?m)^` + d.Method + ` /data/.*` + regexp.QuoteMeta(path) + `$`).MatchString(served) {
			t.Errorf("%s %s is not served", d.Method, d.Path)
		}
		if d.Spec == "" || d.What == "" || d.Why == "" || d.Fact == "" || seen[d] {
			t.Errorf("deviation %+v is twice or says too little", d)
		}
		seen[d] = true
	}
}
