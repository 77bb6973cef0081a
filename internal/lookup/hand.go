package lookup

import (
	"strings"

	"profiledesk/apiclient"
)

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
