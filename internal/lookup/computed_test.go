package lookup

import (
	"testing"
	"time"
)

func TestComputedValueWithItsTimeIsOneRow(t *testing.T) {
	const stamp = "2026-08-23T16:28:05.955Z"
	at, _ := time.Parse(time.RFC3339, stamp)
	for _, tt := range []struct {
		name, value string
		mask        string
		want        []Computed
	}{
		{"value and time", `{"value":"home","timestamp":"` + stamp + `"}`, "", []Computed{{Row: Row{Path: "a", Kind: KindString, Value: "home"}, At: at}}},
		{"the other way round", `{"timestamp":"` + stamp + `","value":7}`, "", []Computed{{Row: Row{Path: "a", Kind: KindNumber, Value: "7"}, At: at}}},
		{"the value is masked", `{"value":"home","timestamp":"` + stamp + `"}`, "a.value", []Computed{{Row: Row{Path: "a", Kind: KindMasked, Masked: true}, At: at}}},
		{"the time is masked", `{"value":"home","timestamp":"` + stamp + `"}`, "a.timestamp", []Computed{{Row: Row{Path: "a", Kind: KindString, Value: "home"}}}},
		{"something else beside", `{"value":1,"timestamp":"` + stamp + `","x":2}`, "", []Computed{
			{Row: Row{Path: "a.value", Kind: KindNumber, Value: "1"}}, {Row: Row{Path: "a.timestamp", Kind: KindString, Value: stamp}}, {Row: Row{Path: "a.x", Kind: KindNumber, Value: "2"}},
		}},
		{"no time", `{"value":1,"timestamp":"yesterday"}`, "", []Computed{
			{Row: Row{Path: "a.value", Kind: KindNumber, Value: "1"}}, {Row: Row{Path: "a.timestamp", Kind: KindString, Value: "yesterday"}},
		}},
		{"a number", `5`, "", []Computed{{Row: Row{Path: "a", Kind: KindNumber, Value: "5"}}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			const family = "_northwind.SystemComputedAttributes."
			var masks []string
			if tt.mask != "" {
				masks = append(masks, family+tt.mask)
			}
			c := openedAs(t, `{"_northwind":{"SystemComputedAttributes":{"a":`+tt.value+`,"z":1}}}`, masks...)
			c.evaluated = map[string]time.Time{"a": at.Add(time.Hour)}
			got, err := c.Computed()
			if err != nil || len(got) != len(tt.want)+1 || got[len(got)-1].Computed != "z" {
				t.Fatalf("Computed = %+v, %v", got, err)
			}
			for i, want := range tt.want {
				g := got[i]
				if g.Path != family+want.Path || g.Kind != want.Kind || g.Value != want.Value || g.Masked != want.Masked || !g.At.Equal(want.At) {
					t.Errorf("row %d = %+v, want %+v", i, g, want)
				}
				if g.Computed != "a" || !g.Evaluated.Equal(at.Add(time.Hour)) {
					t.Errorf("row %d is of %q, evaluated %v", i, g.Computed, g.Evaluated)
				}
			}
		})
	}
}
