package lookup

import (
	"bufio"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"profiledesk/apiclient"
	"profiledesk/internal/auth"
)

// northwind are the namespaces of the sandbox that the tests look into.
var northwind = []apiclient.Namespace{
	{ID: 0, Code: "CORE", Type: "COOKIE"}, {ID: 4, Code: "ECID", Type: "COOKIE"}, {ID: 6, Code: "Email", Type: "EMAIL"},
	{ID: 7, Code: "Phone", Type: "PHONE"}, {ID: 10, Code: "AAID", Type: "COOKIE"}, {ID: 11, Code: "Email_LC_SHA256", Type: "EMAIL"},
	{ID: 20, Code: "CRMId", Type: "CROSS_DEVICE", Custom: true}, {ID: 21, Code: "LoyaltyId", Type: "CROSS_DEVICE", Custom: true},
	{ID: 22, Code: "StoreId", Type: "NON_PEOPLE", Custom: true},
}

func testRecogniser(extra ...apiclient.Namespace) recogniser {
	return recogniser{
		spaces: append(slices.Clone(northwind), extra...),
		detect: []auth.Pattern{{Namespace: "loyaltyid", Regexp: regexp.MustCompile(`^9[0-9]{5}$`)}},
	}
}

func show(candidates []candidate) []string {
	var out []string
	for _, c := range candidates {
		out = append(out, c.Namespace+" "+c.ID+" "+c.why)
	}
	return out
}

func TestRecognise(t *testing.T) {
	cpf := apiclient.Namespace{Code: "CPF", Type: "CROSS_DEVICE", Custom: true}
	idfa := apiclient.Namespace{Code: "IDFA", Type: "DEVICE"}
	const ecid = "71833402196650012345678901234567890123"
	hash := strings.Repeat("Ab", 32)
	for _, tt := range []struct {
		name string
		ask  Ask
		more []apiclient.Namespace
		want []string
	}{
		{"mail", Ask{Q: "ana.souza@example.com"}, nil, []string{"Email ana.souza@example.com mail"}},
		{"mail in capitals", Ask{Q: "Ana@Example.com"}, nil, []string{"Email ana@example.com mail", "Email Ana@Example.com mail"}},
		{"mail with plus", Ask{Q: "ana+shop@example.com"}, nil, []string{"Email ana+shop@example.com mail"}},
		{"mail as copied", Ask{Q: " \u200b<mailto:ana@example.com?subject=x>\n"}, nil, []string{"Email ana@example.com mail"}},
		{"mail quoted", Ask{Q: `"ana@example.com"`}, nil, []string{"Email ana@example.com mail"}},
		{"mail with apostrophe", Ask{Q: "zo.o'neil@example.com"}, nil, []string{"Email zo.o'neil@example.com mail"}},
		{"ecid", Ask{Q: ecid}, nil, []string{"ECID " + ecid + " ecid"}},
		{"international phone", Ask{Q: "+55 (11) 98765-4321"}, nil, []string{"Phone +5511987654321 phone", "Phone 5511987654321 phone"}},
		{"phone with 00", Ask{Q: "0044 20 7946 0958"}, nil, []string{"Phone +442079460958 phone", "Phone 442079460958 phone"}},
		{"brazilian mobile", Ask{Q: "(11) 98765-4321"}, nil, []string{"Phone +5511987654321 brazil", "Phone 5511987654321 brazil", "Phone 11987654321 brazil"}},
		{"brazilian with trunk", Ask{Q: "011 3765-4321"}, nil, []string{"Phone +551137654321 brazil", "Phone 551137654321 brazil", "Phone 1137654321 brazil"}},
		{"cpf", Ask{Q: "529.982.247-25"}, []apiclient.Namespace{cpf}, []string{"CPF 52998224725 cpf", "CPF 529.982.247-25 cpf"}},
		{"pattern of the policy", Ask{Q: "900117"}, nil, []string{"LoyaltyId 900117 detect"}},
		{"own id", Ask{Q: "C-0004711"}, nil, []string{"CRMId C-0004711 custom", "LoyaltyId C-0004711 custom"}},
		{"hash", Ask{Q: hash}, nil, []string{"Email_LC_SHA256 " + strings.ToLower(hash) + " hash"}},
		{"aaid", Ask{Q: "2BCB8E2A0515A4D3-6000012345678901"}, nil, []string{"AAID 2BCB8E2A0515A4D3-6000012345678901 device"}},
		{"guid", Ask{Q: "123E4567-E89B-12D3-A456-426614174000"}, []apiclient.Namespace{idfa}, []string{"IDFA 123E4567-E89B-12D3-A456-426614174000 device", "IDFA 123e4567-e89b-12d3-a456-426614174000 device"}},
		{"by hand", Ask{Namespace: "email", ID: "Ana@example.com "}, nil, []string{"Email Ana@example.com chosen", "Email ana@example.com chosen"}},
		{"phone by hand", Ask{Namespace: "PHONE", ID: "11 98765-4321"}, nil, []string{"Phone 11 98765-4321 chosen", "Phone +5511987654321 chosen", "Phone 5511987654321 chosen", "Phone 11987654321 chosen"}},
		{"own by hand", Ask{Namespace: "CRMId", ID: "name with blanks"}, nil, []string{"CRMId name with blanks chosen"}},
		{"xid by hand", Ask{Namespace: "xid", ID: "BlvQm3xT0aKf-7Yc2pRz9WnL"}, nil, []string{" BlvQm3xT0aKf-7Yc2pRz9WnL chosen"}},
		{"both the same", Ask{Q: "ana@example.com", Namespace: "Email", ID: "ana@example.com"}, nil, []string{"Email ana@example.com chosen"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, bad := testRecogniser(tt.more...).recognise(tt.ask)
			if diff := cmp.Diff(tt.want, show(got)); diff != "" || bad != kindNone {
				t.Errorf("recognise(%+v) = %q (-want +got):\n%s", tt.ask, bad, diff)
			}
		})
	}
}

func TestBareDigitsAreTriedInTheSandboxsOwnNamespacesToo(t *testing.T) {
	got, _ := testRecogniser().recognise(Ask{Q: "11987654321"})
	want := []string{"Phone +5511987654321 brazil", "Phone 5511987654321 brazil", "Phone 11987654321 brazil", "CRMId 11987654321 custom", "LoyaltyId 11987654321 custom"}
	if diff := cmp.Diff(want, show(got)); diff != "" {
		t.Errorf("recognise (-want +got):\n%s", diff)
	}
}

func TestWithoutTheListTheWellKnownNamespacesAreTried(t *testing.T) {
	got, bad := recogniser{detect: testRecogniser().detect}.recognise(Ask{Q: "900117"})
	if len(got) == 0 || got[0].Namespace != "loyaltyid" || bad != kindNone {
		t.Errorf("recognise = %v, %q, want the pattern's namespace as it is written", show(got), bad)
	}
	if got, bad := (recogniser{}).recognise(Ask{Namespace: "Own", ID: "7"}); len(got) != 1 || bad != kindNone {
		t.Errorf("recognise by hand = %v, %q: the platform is to decide", show(got), bad)
	}
}

func TestCPF(t *testing.T) {
	for digits, want := range map[string]bool{
		"52998224725": true, "11144477735": true, "12345678909": true, "00000000191": true,
		"52998224726": false, "11111111111": false, "00000000000": false, "5299822472": false,
	} {
		if got := validCPF(digits); got != want {
			t.Errorf("validCPF(%s) = %v, want %v", digits, got, want)
		}
	}
}

// bad is one line of testdata/bad_input.
type bad struct {
	kind string
	ask  Ask
	line int
}

func TestEachBadInputHasItsOwnKind(t *testing.T) {
	seen := map[string]bool{}
	who := testRecogniser()
	for _, b := range badInput(t) {
		seen[b.kind] = true
		if b.kind == string(kindNoPolicy) {
			continue // needs the list: see TestFindOutcomes
		}
		got, kind := who.recognise(b.ask)
		if string(kind) != b.kind || got != nil {
			t.Errorf("line %d: recognise = %q with %d candidates, want %s", b.line, kind, len(got), b.kind)
		}
	}
	for _, kind := range InvalidKinds() {
		if !seen[kind] {
			t.Errorf("no bad input of kind %s", kind)
		}
	}
	if len(seen) != len(InvalidKinds()) || len(seen) < 30 {
		t.Errorf("bad input of %d kinds, want all %d and 30 at least", len(seen), len(InvalidKinds()))
	}
}

func badInput(t *testing.T) []bad {
	t.Helper()
	f, err := os.Open("testdata/bad_input")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var all []bad
	scan := bufio.NewScanner(f)
	for n := 1; scan.Scan(); n++ {
		if line := scan.Text(); line != "" && line[0] != '#' {
			all = append(all, readBad(t, n, strings.Split(line, "\t")))
		}
	}
	return all
}

func readBad(t *testing.T, n int, parts []string) bad {
	t.Helper()
	b := bad{kind: parts[0], line: n}
	for _, part := range parts[1:] {
		name, quoted, _ := strings.Cut(part, "=")
		text := ""
		for term := range strings.SplitSeq(quoted, `+"`) {
			if !strings.HasPrefix(term, `"`) {
				term = `"` + term
			}
			one, err := strconv.QuotedPrefix(term)
			if err != nil {
				t.Fatalf("bad_input:%d: %s: %v", n, part, err)
			}
			plain, _ := strconv.Unquote(one)
			if times, ok := strings.CutPrefix(term[len(one):], "*"); ok {
				k, _ := strconv.Atoi(times)
				plain = strings.Repeat(plain, k)
			}
			text += plain
		}
		switch name {
		case "q":
			b.ask.Q = text
		case "ns":
			b.ask.Namespace = text
		case "id":
			b.ask.ID = text
		case "policy":
			b.ask.Policy = text
		default:
			t.Fatalf("bad_input:%d: field %s", n, name)
		}
	}
	return b
}

func FuzzRecognise(f *testing.F) {
	for _, seed := range []string{"", "ana@example.com", "+55 11 98765-4321", "529.982.247-25", "<b>", "C-1", "a\u202eb", "\xff"} {
		f.Add(seed, "", "")
		f.Add("", "Email", seed)
	}
	who := testRecogniser()
	f.Fuzz(func(t *testing.T, q, ns, id string) {
		got, kind := who.recognise(Ask{Q: q, Namespace: ns, ID: id})
		if (kind == kindNone) != (len(got) > 0) || len(got) > maxCandidates {
			t.Fatalf("%d candidates and kind %q", len(got), kind)
		}
		if kind != kindNone && !slices.Contains(InvalidKinds(), string(kind)) {
			t.Fatalf("kind %q is not among those with words", kind)
		}
		for _, c := range got {
			if c.ID == "" || len(c.ID) > maxInput+8 || strings.ContainsFunc(c.ID, func(r rune) bool { return r < ' ' || bidi(r) }) {
				t.Fatalf("candidate %q", c.ID)
			}
		}
	})
}
