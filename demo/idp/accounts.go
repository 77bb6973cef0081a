package idp

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"sync"
)

// Password opens every account of the demo.
const Password = "demo"

// account is a person who can sign in. Values handed out are copies.
type account struct {
	Username, Name, GivenName, FamilyName, Email string
	Does                                         string // what the demo's policy lets the group do, for the sign-in page
	Groups                                       []string
	Disabled                                     bool
	Subject                                      string
}

// accounts is the directory: the six people, in the order the sign-in page lists them.
type accounts struct {
	mu   sync.Mutex
	list []*account
}

func newAccounts() *accounts {
	a := &accounts{list: []*account{
		{Username: "analyst", GivenName: "Helena", FamilyName: "Prado", Groups: []string{"aep-analysts"}, Does: "looks customers up, edits attributes, runs exports"},
		{Username: "requester", GivenName: "Tomás", FamilyName: "Figueira", Groups: []string{"aep-requesters"}, Does: "also reveals masked values and asks for deletes"},
		{Username: "approver", GivenName: "Ingrid", FamilyName: "Lindqvist", Groups: []string{"aep-approvers"}, Does: "looks customers up, asks for and approves deletes"},
		{Username: "auditor", GivenName: "Kwame", FamilyName: "Boateng", Groups: []string{"aep-auditors"}, Does: "reads the audit log"},
		{Username: "admin", GivenName: "Yuki", FamilyName: "Tanabe", Groups: []string{"aep-admins"}, Does: "may do everything"},
		{Username: "outsider", GivenName: "Marta", FamilyName: "Kovač", Groups: []string{}, Does: "is in no group and gets in nowhere"},
	}}
	for _, p := range a.list {
		p.Name = p.GivenName + " " + p.FamilyName
		p.Email = p.Username + "@example.com"
		p.Subject = subject(p.Username)
	}
	return a
}

// subject is a name that says nothing and stays the same from run to run, so that a
// database kept with -data still knows its people.
func subject(username string) string {
	sum := sha256.Sum256([]byte("profiledesk demo subject\x00" + username))
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// all returns the accounts in their order.
func (a *accounts) all() []account {
	a.mu.Lock()
	defer a.mu.Unlock()
	out := make([]account, len(a.list))
	for i, p := range a.list {
		out[i] = p.copy()
	}
	return out
}

func (a *accounts) byUsername(name string) (account, bool) {
	return a.find(func(p *account) bool { return p.Username == name })
}

func (a *accounts) bySubject(sub string) (account, bool) {
	return a.find(func(p *account) bool { return p.Subject == sub })
}

func (a *accounts) find(is func(*account) bool) (account, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if i := slices.IndexFunc(a.list, is); i >= 0 {
		return a.list[i].copy(), true
	}
	return account{}, false
}

func (a *accounts) set(username string, groups []string, disabled bool) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.list, func(p *account) bool { return p.Username == username })
	if i < 0 {
		return fmt.Errorf("no account %q", username)
	}
	if groups != nil {
		a.list[i].Groups = slices.Clone(groups)
	}
	a.list[i].Disabled = disabled
	return nil
}

func (p *account) copy() account {
	c := *p
	c.Groups = append([]string{}, p.Groups...) // never nil: "no group" is an empty claim, not an absent one
	return c
}
