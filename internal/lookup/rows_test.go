package lookup

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

const ana = `{
	"person":{"name":{"firstName":"Ana","lastName":"Souza"},"birthDate":"1988-04-17","birth.Year":1988},
	"mobilePhone":{"number":"+55 (11) 98765-4321","status":"active"},
	"homeAddress":{"city":"São Paulo","lines":["Rua Augusta",null]},
	"identityMap":{"Email":[{"id":"ana.souza@example.com","primary":true}],"Phone":[{"id":"+5511987654321"}],"own ns":[{"id":7}]},
	"_northwind":{"taxId":"529.982.247-25","tier":"gold","empty":{},"none":[],
		"SystemComputedAttributes":{"spend30d":412.5,"last":{"at":"2026-01-02"}}},
	"5511987654321":"x"}`

// demoMasks are the masks of the demo's policy.
var demoMasks = []string{"person.birthDate", "homeAddress", "mobilePhone.number", "_northwind.taxId"}

// opened is a customer as Open makes one of entity.
func openedAs(t testing.TB, entity string, masks ...string) *Customer {
	t.Helper()
	c := &Customer{Outcome: Found, entity: jsontext.Value(entity), masks: masksOf(masks)}
	var err error
	if c.facts, err = scan(c.entity, c.masks); err != nil {
		t.Fatalf("scan: %v", err)
	}
	return c
}

func rowsOf(t testing.TB, c *Customer, q Query) []Row {
	t.Helper()
	var all []Row
	for row, err := range c.Rows(q) {
		if err != nil {
			t.Fatalf("Rows(%+v): %v", q, err)
		}
		all = append(all, row)
	}
	return all
}

func lines(rows []Row) []string {
	var out []string
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%d %s %s %s", r.Depth, r.Path, r.Kind, r.Value))
	}
	return out
}

func TestRowsInTheProfilesOrderWithMasks(t *testing.T) {
	want := []string{
		"0 person object ", "1 person.name object ", "2 person.name.firstName string Ana", "2 person.name.lastName string Souza",
		"1 person.birthDate masked ", `1 person["birth.Year"] number 1988`,
		"0 mobilePhone object ", "1 mobilePhone.number masked ", "1 mobilePhone.status string active",
		"0 homeAddress masked ",
		"0 identityMap object ", "1 identityMap.Email array ", "2 identityMap.Email[0] object ", "3 identityMap.Email[0].id string ana.souza@example.com",
		"3 identityMap.Email[0].primary boolean true", "1 identityMap.Phone array ", "2 identityMap.Phone[0] object ", "3 identityMap.Phone[0].id masked ",
		`1 identityMap["own ns"] array `, `2 identityMap["own ns"][0] object `, `3 identityMap["own ns"][0].id number 7`,
		"0 _northwind object ", "1 _northwind.taxId masked ", "1 _northwind.tier string gold", "1 _northwind.empty object {}", "1 _northwind.none array []",
		"1 _northwind.SystemComputedAttributes object ", "2 _northwind.SystemComputedAttributes.spend30d number 412.5",
		"2 _northwind.SystemComputedAttributes.last object ", "3 _northwind.SystemComputedAttributes.last.at string 2026-01-02",
		`0 ["…"] masked `,
	}
	got := rowsOf(t, openedAs(t, ana, demoMasks...), Query{})
	if diff := cmp.Diff(want, lines(got)); diff != "" {
		t.Errorf("Rows (-want +got):\n%s", diff)
	}
	for i, r := range got {
		if r.Index != i {
			t.Errorf("row %d has Index %d", i, r.Index)
		}
		if want := map[bool]string{true: "spend30d"}[strings.HasSuffix(r.Path, "spend30d")]; want != "" && r.Computed != want {
			t.Errorf("%s: Computed = %q, want %s", r.Path, r.Computed, want)
		}
		if r.Masked != (r.Kind == KindMasked) || r.Masked && (r.Value != "" || r.Size != 0 || r.Type != "") {
			t.Errorf("masked row tells something: %+v", r)
		}
	}
	if last := got[len(got)-2]; last.Computed != "last" {
		t.Errorf("%s: Computed = %q, want last", last.Path, last.Computed)
	}
}

func TestRowsFlatFilteredAndPaged(t *testing.T) {
	c := openedAs(t, ana, demoMasks...)
	for _, r := range rowsOf(t, c, Query{Flat: true}) {
		if !r.Leaf() {
			t.Errorf("flat: %s %s is no leaf", r.Path, r.Kind)
		}
	}
	for _, tt := range []struct {
		q    string
		want []string
	}{
		{"SOUZA", []string{"person.name.lastName", "identityMap.Email[0].id"}},
		{"birth", []string{"person.birthDate", `person["birth.Year"]`}}, // by path, not by value
		{"1988-04", nil}, {"529.982", nil}, {"98765", nil}, {"augusta", nil}, {"5511987654321", nil},
		{"são", nil}, {"nothing of the kind", nil},
	} {
		var got []string
		for _, r := range rowsOf(t, c, Query{Q: tt.q}) {
			got = append(got, r.Path)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("Rows(Q %s) (-want +got):\n%s", tt.q, diff)
		}
		if n, err := c.Count(Query{Q: tt.q}); n != len(tt.want) || err != nil {
			t.Errorf("Count(Q %s) = %d, %v, want %d", tt.q, n, err, len(tt.want))
		}
	}
	all := rowsOf(t, c, Query{})
	var paged []Row
	for from, more := 0, true; more; {
		p, err := c.Page(Query{From: from, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		paged = append(paged, p.Rows...)
		from, more = p.Next, p.Next != 0
	}
	if diff := cmp.Diff(all, paged); diff != "" {
		t.Errorf("pages of 7 (-all +paged):\n%s", diff)
	}
	if p, err := c.Page(Query{Limit: len(all)}); err != nil || p.Next != 0 {
		t.Errorf("Page of exactly all rows: Next = %d, %v, want 0", p.Next, err)
	}
}

func TestMaskForms(t *testing.T) {
	for _, tt := range []struct{ mask, entity, masked string }{
		{"a.b", `{"a":{"b":{"c":1},"d":2}}`, "a.b"},
		{"a.b", `{"a":[{"b":1},{"b":[2]},[{"b":3}]]}`, "a[0].b a[1].b a[2][0].b"},
		{"a.b", `{"a.b":1,"a":{"bc":2}}`, `["a.b"]`},
		{"a.b.c", `{"a":{"b.c":1}}`, `a["b.c"]`},
		{"a.b", `{"A":{"B":1}}`, "A.B"},
		{"a.b", `{"xdm:a":{"xdm:b":1}}`, `["xdm:a"]["xdm:b"]`},
		{"a.b", `{"a":1,"a":{"b":2}}`, "a.b"},
		{"a", `{"a":null,"b":1}`, "a"},
		{"m.*.id", `{"m":{"x":{"id":1,"n":2},"y":[{"id":3}]}}`, "m.x.id m.y[0].id"},
		{"a[0].b", `{"a":[{"b":1},{"b":2}]}`, "a[0].b a[1].b"},
		{`m["a b"].c`, `{"m":{"a b":{"c":1}}}`, `m["a b"].c`},
		{"a", `{"ab":1,"b":{"a":2}}`, ""},
	} {
		var got []string
		for _, r := range rowsOf(t, openedAs(t, tt.entity, tt.mask), Query{}) {
			if r.Masked {
				got = append(got, r.Path)
			}
		}
		if strings.Join(got, " ") != tt.masked {
			t.Errorf("mask %s on %s hides %q, want %q", tt.mask, tt.entity, got, tt.masked)
		}
	}
}

func TestAMaskedValueStaysHiddenWhereItStandsAgain(t *testing.T) {
	c := openedAs(t, `{"secret":{"phone":"(11) 98765-4321","mail":"ANA@Example.com ","n":52998224725,"short":"BR","flag":true,"off":false},
		"again":[false,"11987654321","ana@example.com","52998224725","529.982.247-25","BR",true,"11 98765 4321","ana"]}`, "secret")
	var got []string
	for _, r := range rowsOf(t, c, Query{Q: "again"}) {
		got = append(got, r.Kind+r.Value)
	}
	want := []string{"booleanfalse", "masked", "masked", "masked", "masked", "stringBR", "booleantrue", "masked", "stringana"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRowsBoundWhatIsDeepAndLong(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 200) + "1" + strings.Repeat("}", 200)
	rows := rowsOf(t, openedAs(t, deep), Query{})
	if last := rows[len(rows)-1]; len(rows) != maxDepth+1 || !last.Cut || last.Size == 0 {
		t.Errorf("%d rows, the last %+v, want %d and a cut", len(rows), last, maxDepth+1)
	}
	long := strings.Repeat("é", 10_000)
	c := openedAs(t, `{"x":"a`+long+`"}`)
	r := rowsOf(t, c, Query{})[0]
	if !r.Cut || r.Size != 20_001 || len(r.Value) > maxShown || !strings.HasPrefix("a"+long, r.Value) || len(r.Value) < maxShown-4 {
		t.Errorf("a long value: Cut %v, Size %d, %d bytes shown", r.Cut, r.Size, len(r.Value))
	}
	if r, ok, err := c.Value("x"); !ok || err != nil || len(r.Value) != 20_001 {
		t.Errorf("Value(x) has %d bytes, %v, %v, want the whole", len(r.Value), ok, err)
	}
	if _, ok, _ := c.Value("y"); ok {
		t.Error("Value(y) is there")
	}
}

func TestRowsOfBrokenProfilesEndInAnErrorThatQuotesNothing(t *testing.T) {
	for _, entity := range []string{`{"a":1,"mail":ana}`, `{"a":1`, `{"a":{"b":[1,2}}`} {
		c := &Customer{Outcome: Found, entity: jsontext.Value(entity), facts: &facts{}}
		var last error
		for _, err := range c.Rows(Query{}) {
			last = err
		}
		if last == nil || strings.Contains(last.Error(), "ana") || strings.Contains(last.Error(), "mail") {
			t.Errorf("Rows of %s end with %v", entity, last)
		}
		if _, err := scan(c.entity, masksOf(demoMasks)); err == nil {
			t.Errorf("scan(%s) finds nothing wrong", entity)
		}
	}
	for _, entity := range []string{"", "null", "[]", "7", "{}"} {
		if got := rowsOf(t, openedAs(t, entity), Query{}); len(got) != 0 {
			t.Errorf("Rows of %q: %v", entity, lines(got))
		}
	}
}

func TestFactsOfAProfile(t *testing.T) {
	f, err := scan(jsontext.Value(`{"person":{"name":{"fullName":"Ana Souza","firstName":"Ana","lastName":"Souza"}},
		"identityMap":{"Email":[{"id":"Ana@example.com"}],"ECID":[{"id":"1"},{"id":2}]},
		"identities":[{"id":"ana@example.com","namespace":{"code":"email"}},{"id":"9","namespace":{"code":"LoyaltyId"}},{"namespace":{}}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(f.identities); got != "[{Email Ana@example.com} {ECID 1} {ECID 2} {LoyaltyId 9}]" || f.name != "Ana Souza" {
		t.Errorf("identities %s, name %q", got, f.name)
	}
	for mask, want := range map[string]string{
		"person.name.lastName": "Ana", "person.name.fullName": "Ana Souza", "person.name": "", "person": "", "x": "Ana Souza",
	} {
		c := openedAs(t, `{"person":{"name":{"fullName":"Ana Souza","firstName":"Ana","lastName":"Souza"}},"x":"Pereira"}`, mask)
		if want == "Ana Souza" && mask == "person.name.fullName" {
			want = "" // put together it is the masked value again
		}
		if c.facts.name != want {
			t.Errorf("mask %s: name %q, want %q", mask, c.facts.name, want)
		}
	}
}

func TestPathNamesAreReadBack(t *testing.T) {
	for _, tt := range [][]string{{"a", "b"}, {"a b"}, {"é", "x"}, {`"quoted"`, `back\slash`}, {"a.b", "c"}, {"a]b", "[0]"}, {"line\nbreak", ""}} {
		var path []byte
		for i, name := range tt {
			path = appendName(path, []byte(name))
			path = appendIndex(path, i)
		}
		if diff := cmp.Diff(tt, names(string(path))); diff != "" && tt[len(tt)-1] != "" {
			t.Errorf("names(%s) (-want +got):\n%s", path, diff)
		}
	}
}

func FuzzRows(f *testing.F) {
	f.Add(ana, "person")
	f.Add(`{"a":[{"b":1},null,"x\ud800"],"a":{}}`, "b")
	f.Add(`{"`+"\xff"+`":1}`, "")
	f.Fuzz(func(t *testing.T, entity, q string) {
		c := &Customer{Outcome: Found, entity: jsontext.Value(entity), masks: masksOf(demoMasks)}
		var err error
		if c.facts, err = scan(c.entity, c.masks); err != nil {
			return
		}
		n := 0
		for row, err := range c.Rows(Query{Q: q}) {
			if err != nil {
				return // what stands behind the object is not read by scan
			}
			if row.Masked && (row.Value != "" || row.Kind != KindMasked) || row.Path == "" || row.Index != n || len(row.Value) > maxShown {
				t.Fatalf("row %d: %+v", n, row)
			}
			n++
		}
		if got, err := c.Count(Query{Q: q}); got != n || err != nil {
			t.Fatalf("Count = %d, %v, want %d", got, err, n)
		}
	})
}
