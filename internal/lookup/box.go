package lookup

import (
	"slices"
	"strings"

	"profiledesk/apiclient"
)

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
