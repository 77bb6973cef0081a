package auth

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/oauth2"
)

// Fresh is what the provider says of a person now.
type Fresh struct {
	Groups      []string
	Name, Email string // "" where it says nothing
	Tokens      Tokens // to be kept in place of the ones given
}

// Refresh asks the provider for subject's groups of now: with the refresh
// token where there is one, else at userinfo. The error is ErrRefused where the
// provider no longer vouches for the person, ErrUnreachable where it did not
// answer, or the reason why its answer is not accepted.
func (p *Provider) Refresh(ctx context.Context, t Tokens, subject string) (Fresh, error) {
	d, err := p.discover(ctx)
	if err != nil {
		return Fresh{}, err
	}
	if t.Refresh == "" {
		return p.fromUserInfo(ctx, d, t, subject)
	}
	old := &oauth2.Token{RefreshToken: t.Refresh, Expiry: time.Unix(1, 0)}
	token, err := d.oauth.TokenSource(p.calling(ctx), old).Token()
	if err != nil {
		return Fresh{}, tokenError(err, ErrRefused)
	}
	t.Access, t.Expires = token.AccessToken, token.Expiry
	if token.RefreshToken != "" {
		t.Refresh = token.RefreshToken
	}
	raw, _ := token.Extra("id_token").(string)
	if raw == "" {
		return p.fromUserInfo(ctx, d, t, subject)
	}
	c, err := p.verifyID(ctx, d, raw, token.AccessToken)
	if err != nil {
		return Fresh{Tokens: t}, err
	}
	if c.Subject != subject {
		return Fresh{Tokens: t}, fmt.Errorf("renewed token: %w", ErrSubject)
	}
	t.ID = raw
	who, err := c.person(p.config.GroupsClaim)
	if err != nil {
		return Fresh{Tokens: t}, err
	}
	if who.groupsGiven || d.meta.UserInfo == "" {
		return Fresh{Groups: who.groups, Name: who.Name, Email: who.Email, Tokens: t}, nil
	}
	return p.fromUserInfo(ctx, d, t, subject)
}

// fromUserInfo is Refresh with an access token. Its answer holds t even where
// it fails: a refresh token may have been spent to get there.
func (p *Provider) fromUserInfo(ctx context.Context, d *discovered, t Tokens, subject string) (Fresh, error) {
	if t.Access == "" || d.meta.UserInfo == "" {
		return Fresh{Tokens: t}, fmt.Errorf("nothing to renew with: %w", ErrRefused)
	}
	who, err := p.userInfo(ctx, d, t.Access, subject)
	if err != nil {
		return Fresh{Tokens: t}, err
	}
	return Fresh{Groups: who.groups, Name: who.Name, Email: who.Email, Tokens: t}, nil
}

// userInfo asks the provider's userinfo for the person whom the token names.
func (p *Provider) userInfo(ctx context.Context, d *discovered, access, subject string) (person, error) {
	var body json.RawMessage
	if err := p.getJSON(ctx, "userinfo", d.meta.UserInfo, access, &body); err != nil {
		return person{}, err
	}
	m, err := members(body)
	if err != nil {
		return person{}, fmt.Errorf("userinfo: %w", err)
	}
	var sub string
	if json.Unmarshal(m["sub"], &sub) != nil || sub == "" || sub != subject {
		return person{}, fmt.Errorf("userinfo: %w", ErrSubject)
	}
	return claims{raw: m, Subject: sub}.person(p.config.GroupsClaim)
}

// person is what claims say of somebody beyond their subject.
type person struct {
	Name, Email string
	groups      []string
	groupsGiven bool // the claim was there, perhaps empty
}

// person reads names and groups. Groups that the provider left out because
// they were too many, as Microsoft's does, are ErrOverage: a person with some
// of their groups would have some of their rights and no way to see why.
func (c claims) person(groupsClaim string) (person, error) {
	var who person
	for _, name := range []string{"name", "preferred_username", "email"} {
		if who.Name == "" {
			who.Name = c.text(name)
		}
	}
	who.Email = c.text("email")
	var elsewhere map[string]jsontext.Value
	if v := c.raw["_claim_names"]; v != nil && json.Unmarshal(v, &elsewhere) != nil {
		return person{}, fmt.Errorf("_claim_names: %w", ErrMalformed)
	}
	has := c.raw["hasgroups"]
	if elsewhere[groupsClaim] != nil || has != nil && string(has) != "false" {
		return person{}, ErrOverage
	}
	v := c.raw[groupsClaim]
	if v == nil || v.Kind() == 'n' {
		return who, nil
	}
	if !readStrings(v, &who.groups) {
		return person{}, ErrGroups
	}
	who.groupsGiven = true
	return who, nil
}

// or fills what is missing in who from more.
func (who person) or(more person) person {
	if who.Name == "" {
		who.Name = more.Name
	}
	if who.Email == "" {
		who.Email = more.Email
	}
	if !who.groupsGiven {
		who.groups, who.groupsGiven = more.groups, more.groupsGiven
	}
	return who
}

// name is what to call the person: their subject, if nothing better is known.
func (who person) name(subject string) string {
	if who.Name == "" {
		return subject
	}
	return who.Name
}

// text is a claim that is shown: one line, at most nameBytes, "" if it is
// anything else.
func (c claims) text(name string) string {
	var s string
	if v := c.raw[name]; v == nil || json.Unmarshal(v, &s) != nil || len(s) > nameBytes || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return strings.TrimSpace(s)
}
