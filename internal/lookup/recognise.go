package lookup

import (
	"regexp"
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
