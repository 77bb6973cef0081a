package lookup

// invalidPrefix is what the word keys of wrong input begin with.
const invalidPrefix = "lookup.invalid."

// kind is one way in which input is wrong. Each has its own sentence in the
// catalogue of words, under lookup.invalid.KIND.
type kind string

const (
	kindNone kind = ""

	// Whatever it was meant to be.
	kindEmpty   kind = "empty"        // nothing was typed
	kindBlank   kind = "blank"        // only blanks, or characters that show nothing
	kindLong    kind = "long"         // more than maxInput bytes
	kindHuge    kind = "huge"         // more than hugeInput bytes: a file, not an identifier
	kindUTF8    kind = "utf8"         // bytes that are no text
	kindNUL     kind = "nul"          // a NUL character
	kindControl kind = "control"      // another control character
	kindLines   kind = "lines"        // several lines
	kindBidi    kind = "bidi"         // a character that turns the direction of text
	kindHidden  kind = "hidden"       // a character of no width inside
	kindSymbols kind = "symbols"      // emoji, private use, characters of no meaning
	kindDigits  kind = "other-digits" // digits of another script, full-width ones too
	kindLookal  kind = "lookalike"    // letters or an at sign that look like others

	// Something that is no identifier.
	kindMarkup   kind = "markup"
	kindTemplate kind = "template"
	kindSQL      kind = "sql"
	kindPath     kind = "path"
	kindURL      kind = "url"
	kindJSON     kind = "json"
	kindEncoded  kind = "encoded" // %40 in place of @
	kindWildcard kind = "wildcard"
	kindSeveral  kind = "several" // a list
	kindNamed    kind = "named"   // Ana Souza <ana@example.com>
	kindName     kind = "name"    // a person's name: no platform call finds people by that
	kindQuote    kind = "quote"   // a quotation mark inside

	// An identifier that is not whole.
	kindMailAt     kind = "mail-at"
	kindMailLocal  kind = "mail-local"
	kindMailDomain kind = "mail-domain"
	kindMailBlank  kind = "mail-blank"
	kindECIDShort  kind = "ecid-short"
	kindECIDLong   kind = "ecid-long"
	kindCPFDigits  kind = "cpf-digits" // its check digits do not fit
	kindPhoneShort kind = "phone-short"
	kindPhoneLong  kind = "phone-long"

	// A form that does not fit.
	kindNoID        kind = "no-id"        // a namespace without an identifier
	kindNoSpace     kind = "no-namespace" // an identifier by hand without a namespace
	kindBoth        kind = "both"         // the one box and the fields by hand disagree
	kindUnknownNS   kind = "unknown-namespace"
	kindNotMail     kind = "not-mail" // does not fit the namespace that was chosen
	kindNotECID     kind = "not-ecid"
	kindNotPhone    kind = "not-phone"
	kindMissingNS   kind = "missing-namespace" // recognised, but the sandbox has no namespace for it
	kindPolicyForm  kind = "policy-form"
	kindNoPolicy    kind = "unknown-policy"
	kindUnrecognise kind = "unrecognised"
)

// InvalidKinds are all kinds of wrong input, in the order of the manual. Words for
// them stand under [InvalidKey].
func InvalidKinds() []string {
	kinds := []kind{
		kindEmpty, kindBlank, kindLong, kindHuge, kindUTF8, kindNUL, kindControl, kindLines, kindBidi, kindHidden, kindSymbols,
		kindDigits, kindLookal, kindMarkup, kindTemplate, kindSQL, kindPath, kindURL, kindJSON, kindEncoded, kindWildcard, kindSeveral,
		kindNamed, kindName, kindQuote, kindMailAt, kindMailLocal, kindMailDomain, kindMailBlank, kindECIDShort, kindECIDLong,
		kindCPFDigits, kindPhoneShort, kindPhoneLong, kindNoID, kindNoSpace, kindBoth, kindUnknownNS, kindNotMail, kindNotECID,
		kindNotPhone, kindMissingNS, kindPolicyForm, kindNoPolicy, kindUnrecognise,
	}
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return names
}

// InvalidKey is the word key of a kind of wrong input.
func InvalidKey(kind string) string { return invalidPrefix + kind }

// key is the word key, "" for kindNone.
func (k kind) key() string {
	if k == kindNone {
		return ""
	}
	return invalidPrefix + string(k)
}
