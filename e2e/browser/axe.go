package browser

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/chromedp"
)

// Axe is the source of axe-core, which finds breaches of WCAG in a page.
type Axe string

// LoadAxe reads axe-core from the folder of installed packages.
func LoadAxe(modules string) (Axe, error) {
	source, err := os.ReadFile(filepath.Join(modules, "axe-core", "axe.min.js"))
	return Axe(source), err
}

// All rules that are on by default, best practices among them, and WCAG 2.2's on the
// size of targets, which is off. The pages have no frames.
const axeRun = `axe.run(document, {iframes: false, resultTypes: ["violations"], rules: {"target-size": {enabled: true}}})
	.then(r => JSON.stringify(r.violations.map(v => ({id: v.id, help: v.help, nodes: v.nodes.map(n => n.html.slice(0, 200) + " — " + n.any.concat(n.all, n.none).map(c => c.message).join("; "))}))))`

// Axe runs axe-core on the page and returns a sentence for each violation. The
// browser evaluates it itself, so the page's policy need not allow it.
func (t *Tab) Axe(source Axe) []string {
	t.r.Helper()
	t.do("load axe-core", chromedp.Evaluate[chromedp.Void](string(source)+";void 0"))
	text := run(t, "run axe-core", chromedp.Evaluate[string](axeRun, chromedp.EvalAwaitPromise))
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(text), &violations); err != nil {
		t.r.Fatalf("axe-core answered %q: %v", text, err)
	}
	var out []string
	for _, v := range violations {
		out = append(out, fmt.Sprintf("%s: %s\n  %s", v.ID, v.Help, strings.Join(v.Nodes, "\n  ")))
	}
	return out
}
