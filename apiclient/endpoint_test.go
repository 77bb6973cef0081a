package apiclient

import "testing"

func TestIDsStayOneSegment(t *testing.T) {
	for id, want := range map[string]string{
		"5f1b-7a30":                        "5f1b-7a30",
		"https://ns.adobe.com/x/schemas/1": "https%3A%2F%2Fns.adobe.com%2Fx%2Fschemas%2F1",
		"a b":                              "a%20b",
		"a+b?c#d":                          "a%2Bb%3Fc%23d",
		"../../x":                          "..%2F..%2Fx",
		"_xdm.context.profile__union":      "_xdm.context.profile__union",
	} {
		p := newPlatform(t, answers(200, `{"id":"x"}`))
		c, _ := p.client(t)
		if _, err := c.MergePolicies.Get(t.Context(), "dev", id); err != nil {
			t.Errorf("Get(%q): %v", id, err)
			continue
		}
		if got := p.requests()[0].path; got != "/data/core/ups/config/mergePolicies/"+want {
			t.Errorf("Get(%q) asked for %s, want …/%s", id, got, want)
		}
	}
}

func TestIDsThatWouldNameSomethingElse(t *testing.T) {
	p := newPlatform(t, answers(200, `{}`))
	c, _ := p.client(t)
	for _, id := range []string{"", ".", ".."} {
		if _, err := c.MergePolicies.Get(t.Context(), "dev", id); !isErr(err, ErrBadArgument) {
			t.Errorf("Get(%q): err = %v, want ErrBadArgument", id, err)
		}
	}
	if n := len(p.requests()); n != 0 {
		t.Errorf("%d requests, want none", n)
	}
}

func TestNamesOfOperations(t *testing.T) {
	for _, tt := range []struct {
		e           endpoint
		op, service string
	}{
		{postEntities, "POST access/entities", "ups/access"},
		{getPolicy, "GET config/mergePolicies/{id}", "ups/config"},
		{postGraph, "POST identity/v2/graph", "identity"},
		{listNamespaces, "GET idnamespace/identities", "idnamespace"},
		{listDatasets, "GET catalog/dataSets", "catalog"},
		{listSandboxes, "GET sandbox-management/", "sandbox-management"},
		{getQuota, "GET hygiene/quota", "hygiene"},
		{listAttributes, "GET ca/attributes", "ca"},
	} {
		if tt.e.op() != tt.op || tt.e.service() != tt.service {
			t.Errorf("%v is %q of %q, want %q of %q", tt.e, tt.e.op(), tt.e.service(), tt.op, tt.service)
		}
	}
}
