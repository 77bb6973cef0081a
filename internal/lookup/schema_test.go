package lookup

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
)

func TestSchemaFields(t *testing.T) {
	s, err := readSchema(jsontext.Value(testUnion))
	if err != nil {
		t.Fatal(err)
	}
	gold := map[string]string{"gold": "Gold member"}
	for _, tt := range []struct {
		path string
		want Field
	}{
		{"person", Field{"Person", "object", false, nil}},
		{"person.name.firstName", Field{"First name", "string", false, nil}},
		{"person.birthDate", Field{"Birth date", "date", false, nil}},
		{"identityMap", Field{"Identity map", "map", false, nil}},
		{"identityMap.Email[3].id", Field{"Identifier", "string", false, nil}},
		{`identityMap["own ns"][0].id`, Field{"Identifier", "string", false, nil}},
		{"_northwind.tags", Field{"Tags", "string[]", true, nil}},
		{"_northwind.tags[1]", Field{"", "string", false, nil}},
		{"_northwind.tier", Field{"Tier", "string", false, gold}},
	} {
		if got, ok := s.Field(tt.path); !ok || cmp.Diff(tt.want, got) != "" {
			t.Errorf("Field(%s) = %+v, %v, want %+v", tt.path, got, ok, tt.want)
		}
	}
	for _, path := range []string{"persons", "person.name.x", "_northwind.open.x", "person.name.firstName.x"} {
		if got, ok := s.Field(path); ok {
			t.Errorf("Field(%s) = %+v, want none", path, got)
		}
	}
	if _, ok := (*Schema)(nil).Field("person"); ok {
		t.Error("a schema that is not there has a field")
	}
}

func TestSchemaOfPartsAndOfNonsense(t *testing.T) {
	s, err := readSchema(jsontext.Value(`{"allOf":[{"properties":{"xdm:a":{"title":"A"}}},{"properties":{"b":{"title":"B"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"a", "b"} {
		if got, ok := s.Field(name); !ok || got.Title != strings.ToUpper(name) {
			t.Errorf("Field(%s) = %+v, %v", name, got, ok)
		}
	}
	deep := strings.Repeat(`{"properties":{"a":`, 500) + "{}" + strings.Repeat("}}", 500)
	if _, err := readSchema(jsontext.Value(deep)); err != nil {
		t.Errorf("a deep schema: %v", err)
	}
	if _, err := readSchema(jsontext.Value(`{"properties":{"a"`)); err == nil {
		t.Error("half a schema was read")
	}
	for _, odd := range []string{`[]`, `7`, `{"properties":[1],"items":true,"title":{"x":1},"type":null,"meta:enum":7,"allOf":{}}`} {
		if _, err := readSchema(jsontext.Value(odd)); err != nil {
			t.Errorf("readSchema(%s) = %v", odd, err)
		}
	}
}
