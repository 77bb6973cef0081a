package handlers

import "testing"

func TestHoldsIdentifier(t *testing.T) {
	for text, want := range map[string]bool{
		"the customer ana.souza@example.com asked":      true,
		"ANA@EXAMPLE.COM.BR":                            true,
		"<ana@example.com>":                             true,
		"called from +55 11 99999-0000 twice":           true,
		"CPF 123.456.789-09":                            true,
		"12345678909":                                   true,
		"ecid 38400000000000000000000000000000000001":   true,
		"tel (11) 98888-7777":                           true,
		"１２３.４５６.７８９-０９":                                true,
		"test people of the campaign, ticket OPS-12345": false,
		"restore drill of 2026-11-24, done by two":      false,
		"drill of 24/11/2026":                           false,
		"we lost 3 of 10 nodes @ night":                 false,
		"version 1.2.3":                                 false,
		"":                                              false,
	} {
		if got := holdsIdentifier(text); got != want {
			t.Errorf("holdsIdentifier(%q) = %t, want %t", text, got, want)
		}
	}
}
