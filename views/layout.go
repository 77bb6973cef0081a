package views

import "strings"

// docTitle is Page · sandbox · Profile Desk, with a word in front in production.
func (p Page) docTitle() string {
	parts := make([]string, 0, 4)
	if p.Sandbox.Production() {
		parts = append(parts, p.T("strip.production"))
	}
	parts = append(parts, p.Title)
	if p.Sandbox != nil {
		parts = append(parts, p.Sandbox.Name)
	}
	return strings.Join(append(parts, p.T("layout.product")), " · ")
}

func (p Page) favicon() string {
	if p.Sandbox.Production() {
		return "favicon-production.svg"
	}
	return "favicon.svg"
}

func (p Page) onOff() string {
	if p.Shortcuts {
		return "on"
	}
	return "off"
}

// current is the value of aria-current for a link of the navigation: the page
// itself, or a page below it.
func (p Page) current(href string) string {
	switch {
	case p.Path == href:
		return "page"
	case href == "/" || p.Sandbox != nil && href == p.Sandbox.URL(""):
		return "false"
	case strings.HasPrefix(p.Path, href+"/"):
		return "true"
	}
	return "false"
}

// titled tells whether Adobe's title says more than the name and the type do.
func (s *Sandbox) titled(p Page) bool {
	return s.Title != "" && !strings.EqualFold(s.Title, s.Name) && !strings.EqualFold(s.Title, s.Type) && !strings.EqualFold(s.Title, p.T("type."+s.Type))
}

func (u *User) shown() string {
	if u.Name != "" {
		return u.Name
	}
	return u.Email
}

func (b Banner) role() string {
	if b.Kind == "bad" {
		return "alert"
	}
	return "note"
}

func levelIcon(level string) string {
	switch level {
	case "guarded":
		return "shield"
	case "frozen":
		return "snow"
	}
	return "open"
}

func kindIcon(kind string) string {
	switch kind {
	case "ok":
		return "check"
	case "warn", "bad":
		return "alert"
	case "unknown":
		return "unknown"
	case "off":
		return "minus"
	case "absent":
		return "ban"
	}
	return "info"
}
