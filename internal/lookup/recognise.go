package lookup

import (
	"regexp"
	"slices"
	"strings"

	"profiledesk/apiclient"
	"profiledesk/internal/auth"
)

// xidNamespace stands for the platform's own opaque names, which have none.
const xidNamespace = "XID"

// maxCandidates is how many identities one look-up asks for.
const maxCandidates = 12

// Reasons why a namespace was tried; their words stand under lookup.why.REASON.
const (
	whyChosen = "chosen" // by hand
	whyDetect = "detect" // a pattern of the policy file
	whyMail   = "mail"
	whyPhone  = "phone"
	whyBrazil = "brazil" // a phone number without its country, taken for a Brazilian one
	whyECID   = "ecid"
	whyCPF    = "cpf"
	whyDevice = "device" // the form of a device's advertising id
	whyHash   = "hash"   // 64 hexadecimal digits
	whyCustom = "custom" // nothing else fits, so the sandbox's own namespaces are tried
	whyXID    = "xid"
)

// WhyKeys are the word keys of all reasons why a namespace may be tried.
func WhyKeys() []string {
	var keys []string
	for _, why := range []string{whyChosen, whyDetect, whyMail, whyPhone, whyBrazil, whyECID, whyCPF, whyDevice, whyHash, whyCustom, whyXID} {
		keys = append(keys, whyKey(why))
	}
	return keys
}

func whyKey(why string) string { return "lookup.why." + why }

// candidate is one identity that the input may mean.
type candidate struct {
	apiclient.Identity
	why string
}

// recogniser knows the namespaces of a sandbox and the policy's patterns.
type recogniser struct {
	spaces []apiclient.Namespace // nil where they are not known
	detect []auth.Pattern
}

// wellKnown are the namespaces that every sandbox has, for when its list is not at hand.
var wellKnown = []apiclient.Namespace{
	{Code: "Email", Type: "EMAIL"}, {Code: "Phone", Type: "PHONE"}, {Code: "ECID", Type: "COOKIE"}, {Code: "AAID", Type: "COOKIE"},
}

func (r recogniser) list() []apiclient.Namespace {
	if r.spaces == nil {
		return wellKnown
	}
	return r.spaces
}

// recognise says which identities ask may mean, the likeliest first, or what is
// wrong with it. It makes no call.
func (r recogniser) recognise(ask Ask) ([]candidate, kind) {
	if k := policyKind(ask.Policy); k != kindNone {
		return nil, k
	}
	hand := strings.TrimFunc(ask.Namespace, unseen) != "" || strings.TrimFunc(ask.ID, unseen) != ""
	box := strings.TrimFunc(ask.Q, unseen) != ""
	switch {
	case hand && box && unwrap(ask.Q) != unwrap(ask.ID):
		return nil, kindBoth
	case hand:
		return r.byHand(ask.Namespace, ask.ID)
	}
	s, k := clean(ask.Q)
	if k != kindNone {
		return nil, k
	}
	return r.box(s)
}

var policyForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}$`)

func policyKind(id string) kind {
	if id == "" || policyForm.MatchString(id) {
		return kindNone
	}
	return kindPolicyForm
}

// byHand takes the namespace that was chosen, and the id as it was typed before
// any other form of it.
func (r recogniser) byHand(namespace, id string) ([]candidate, kind) {
	namespace = strings.TrimFunc(namespace, unseen)
	switch {
	case strings.TrimFunc(id, unseen) == "":
		return nil, kindNoID
	case namespace == "":
		return nil, kindNoSpace
	}
	s, k := clean(id)
	if k != kindNone {
		return nil, k
	}
	ns, ok := r.find(namespace)
	switch {
	case !ok && strings.EqualFold(namespace, xidNamespace) && xidForm.MatchString(s):
		return []candidate{{apiclient.Identity{ID: s}, whyChosen}}, kindNone
	case !ok && (r.spaces != nil || !tokenForm.MatchString(namespace)):
		return nil, kindUnknownNS
	}
	ids, k := formsIn(ns, s)
	if k != kindNone {
		return nil, k
	}
	var out []candidate
	for _, one := range ids {
		out = append(out, candidate{apiclient.Identity{Namespace: ns.Code, ID: one}, whyChosen})
	}
	return out, kindNone
}

// formsIn are the forms in which s may stand in ns.
func formsIn(ns apiclient.Namespace, s string) ([]string, kind) {
	switch {
	case strings.EqualFold(ns.Code, "ECID"):
		if !digitForm.MatchString(s) {
			return nil, kindNotECID
		}
		return []string{s}, ecidLength(len(s))
	case hashed(ns):
		return []string{s}, kindNone
	case mails(ns):
		if !mail(s) {
			if strings.Contains(s, "@") {
				return nil, diagnose(s)
			}
			return nil, kindNotMail
		}
		return unique(s, strings.ToLower(s)), kindNone
	case phones(ns):
		if !phoneForm.MatchString(s) {
			return nil, kindNotPhone
		}
		forms, k := phoneForms(s)
		return unique(append([]string{s}, forms...)...), k
	}
	if k := foreign(s); k != kindNone {
		return nil, k
	}
	return []string{s}, kindNone
}

// foreign says what is wrong with an id that no namespace has, whatever its rules.
func foreign(s string) kind {
	switch k := diagnose(s); k {
	case kindMarkup, kindTemplate, kindSQL, kindPath, kindURL, kindJSON, kindNamed:
		return k
	}
	return kindNone
}

// box recognises what was typed into the one box.
func (r recogniser) box(s string) ([]candidate, kind) {
	var out []candidate
	add := func(why string, match func(apiclient.Namespace) bool, ids ...string) {
		for _, ns := range r.list() {
			if !match(ns) {
				continue
			}
			for _, id := range unique(ids...) {
				out = append(out, candidate{apiclient.Identity{Namespace: ns.Code, ID: id}, why})
			}
		}
	}
	for _, p := range r.detect {
		if !p.Regexp.MatchString(s) {
			continue
		}
		if ns, ok := r.find(p.Namespace); ok || r.spaces == nil {
			out = append(out, candidate{apiclient.Identity{Namespace: ns.Code, ID: s}, whyDetect})
		}
	}
	forms := 0 // that s has, whether or not the sandbox has a namespace for them
	forms += r.boxKnown(s, add)
	if len(out) == 0 && forms == 0 || r.onlyNumbers(out, s) {
		r.boxOther(s, &out, add)
	}
	out = limit(out)
	switch {
	case len(out) > 0:
		return out, kindNone
	case forms > 0:
		return nil, kindMissingNS
	}
	return nil, diagnose(s)
}

type adder func(why string, match func(apiclient.Namespace) bool, ids ...string)

// boxKnown adds the forms that everybody uses and returns how many s has.
func (r recogniser) boxKnown(s string, add adder) (forms int) {
	digits := onlyDigits(s)
	switch {
	case mail(s):
		add(whyMail, mails, strings.ToLower(s), s)
		return 1
	case guidForm.MatchString(s):
		add(whyDevice, devices, s, strings.ToUpper(s), strings.ToLower(s))
		return 1
	case aaidForm.MatchString(s):
		add(whyDevice, coded("AAID"), s)
		return 1
	case hashForm.MatchString(s):
		add(whyHash, hashed, strings.ToLower(s))
		return 1
	case digitForm.MatchString(s) && len(s) == ecidDigits:
		add(whyECID, coded("ECID"), s)
		return 1
	}
	if (digitForm.MatchString(s) || cpfForm.MatchString(s)) && validCPF(digits) {
		forms++
		add(whyCPF, cpfs, digits, formatCPF(digits))
	}
	if cpfForm.MatchString(s) || !phoneForm.MatchString(s) || !strings.ContainsAny(s, "0123456789") {
		return forms
	}
	if numbers, k := phoneForms(s); k == kindNone {
		forms++
		why := whyPhone
		if len(numbers) == 3 {
			why = whyBrazil
		}
		add(why, phones, numbers...)
	}
	return forms
}

// onlyNumbers tells whether s is bare digits that were taken for a phone number
// or the like: the sandbox's own numbers look the same.
func (r recogniser) onlyNumbers(out []candidate, s string) bool {
	return r.spaces != nil && digitForm.MatchString(s) && len(s) <= 25 &&
		!slices.ContainsFunc(out, func(c candidate) bool { return c.why == whyDetect })
}

// boxOther adds what is left: the sandbox's own namespaces, and the platform's names.
func (r recogniser) boxOther(s string, out *[]candidate, add adder) {
	if !tokenForm.MatchString(s) || cpfForm.MatchString(s) || digitForm.MatchString(s) && len(s) > 25 || strings.Contains(s, "..") || urlForm.MatchString(s) || sqlForm.MatchString(s) {
		return
	}
	if !strings.ContainsAny(s, "0123456789") && !xidForm.MatchString(s) {
		return // a word: people's ids have digits
	}
	add(whyCustom, own, s)
	if len(*out) == 0 && xidForm.MatchString(s) && mixed(s) {
		*out = append(*out, candidate{apiclient.Identity{ID: s}, whyXID})
	}
}

// mixed tells whether s has capitals, small letters and digits, as XIDs have.
func mixed(s string) bool {
	return strings.ContainsAny(s, "0123456789") && strings.ToLower(s) != s && strings.ToUpper(s) != s
}

// limit drops what stands there twice, and what is too much.
func limit(in []candidate) []candidate {
	var out []candidate
	for _, c := range in {
		if !slices.ContainsFunc(out, func(o candidate) bool { return o.Identity == c.Identity }) && len(out) < maxCandidates {
			out = append(out, c)
		}
	}
	return out
}

func unique(ids ...string) []string {
	var out []string
	for _, id := range ids {
		if !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}
