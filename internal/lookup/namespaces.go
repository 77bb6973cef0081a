package lookup

import (
	"strings"

	"profiledesk/apiclient"
)

// find returns the namespace with that code, in the list's own spelling: codes
// are compared without regard to case. Where there is none it returns one with
// the code as it was given.
func (r recogniser) find(code string) (apiclient.Namespace, bool) {
	for _, ns := range r.list() {
		if strings.EqualFold(ns.Code, code) {
			return ns, true
		}
	}
	return apiclient.Namespace{Code: code}, false
}

func coded(code string) func(apiclient.Namespace) bool {
	return func(ns apiclient.Namespace) bool { return strings.EqualFold(ns.Code, code) }
}

func typed(ns apiclient.Namespace, kinds ...string) bool {
	for _, kind := range kinds {
		if strings.EqualFold(ns.Type, kind) {
			return true
		}
	}
	return false
}

// hashed are the namespaces whose ids are hashes of e-mails or phone numbers.
func hashed(ns apiclient.Namespace) bool { return strings.Contains(strings.ToUpper(ns.Code), "SHA256") }

func mails(ns apiclient.Namespace) bool {
	return !hashed(ns) && (strings.EqualFold(ns.Code, "Email") || typed(ns, "EMAIL"))
}

func phones(ns apiclient.Namespace) bool {
	return !hashed(ns) && (strings.EqualFold(ns.Code, "Phone") || typed(ns, "PHONE", "MOBILE"))
}

func cpfs(ns apiclient.Namespace) bool {
	return strings.Contains(strings.ToUpper(ns.Code), "CPF") || strings.Contains(strings.ToUpper(ns.Name), "CPF")
}

// devices are the namespaces of ids with the form of a GUID.
func devices(ns apiclient.Namespace) bool {
	switch strings.ToUpper(ns.Code) {
	case "IDFA", "GAID", "IDFV":
		return true
	}
	return typed(ns, "DEVICE") || ns.Custom && typed(ns, "COOKIE")
}

// own are the sandbox's own namespaces of people.
func own(ns apiclient.Namespace) bool {
	return ns.Custom && !hashed(ns) && !mails(ns) && !phones(ns) && (ns.Type == "" || typed(ns, "CROSS_DEVICE", "COOKIE", "DEVICE"))
}
