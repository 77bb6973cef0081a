package auth

import "errors"

// refusal is a reason for which a sign-in is refused. Its code is stable: the
// event session.refused and the page on it are built from it.
type refusal struct{ code, text string }

func (r *refusal) Error() string { return r.text }

// Reasons for which a sign-in, a renewal or a logout token is refused.
var (
	ErrUnreachable  error = &refusal{"unreachable", "the provider cannot be reached"}
	ErrDiscovery    error = &refusal{"discovery", "the provider's description of itself cannot be used"}
	ErrHost         error = &refusal{"host", "the provider names a host that is not allowed"}
	ErrState        error = &refusal{"state", "the answer belongs to no sign-in of this browser"}
	ErrProvider     error = &refusal{"provider", "the provider answered with an error"}
	ErrCallback     error = &refusal{"callback_issuer", "the answer does not say that it comes from this provider"}
	ErrCode         error = &refusal{"code", "the provider does not accept the code"}
	ErrRefused      error = &refusal{"refused", "the provider no longer renews this sign-in"}
	ErrMalformed    error = &refusal{"malformed", "the token cannot be read"}
	ErrAlgorithm    error = &refusal{"algorithm", "the token is signed in a way that is not accepted"}
	ErrSignature    error = &refusal{"signature", "the token's signature does not hold"}
	ErrDuplicate    error = &refusal{"duplicate_claim", "the token names a claim twice"}
	ErrIssuer       error = &refusal{"issuer", "the token is from another issuer"}
	ErrAudience     error = &refusal{"audience", "the token is not for this site"}
	ErrAuthorized   error = &refusal{"azp", "the token was made for another party"}
	ErrSubject      error = &refusal{"subject", "the token names nobody, or somebody else"}
	ErrNonce        error = &refusal{"nonce", "the token belongs to another sign-in"}
	ErrExpired      error = &refusal{"expired", "the token is over"}
	ErrIssuedAt     error = &refusal{"issued_at", "the token is too old, or from the future"}
	ErrNotBefore    error = &refusal{"not_before", "the token is not valid yet"}
	ErrAccessHash   error = &refusal{"at_hash", "the token belongs to another access token"}
	ErrAuthTime     error = &refusal{"auth_time", "the provider does not say that the person signed in just now"}
	ErrGroups       error = &refusal{"groups", "the claim with the groups is no list of names"}
	ErrOverage      error = &refusal{"overage", "the person is in more groups than the provider puts into a token"}
	ErrLogoutToken  error = &refusal{"logout_token", "this is no logout token"}
	ErrLogoutReplay error = &refusal{"replay", "this logout token was used before"}
)

// Reason is the stable code of the reason for which err refuses, "other" for
// an error that has none and "" for nil.
func Reason(err error) string {
	var r *refusal
	switch {
	case err == nil:
		return ""
	case errors.As(err, &r):
		return r.code
	}
	return "other"
}

// Reasons are the codes for which a sign-in can be refused, in a fixed order:
// each has a sentence of its own on the page.
func Reasons() []string {
	errs := []error{
		ErrUnreachable, ErrDiscovery, ErrHost, ErrState, ErrProvider, ErrCallback, ErrCode, ErrRefused, ErrMalformed, ErrAlgorithm,
		ErrSignature, ErrDuplicate, ErrIssuer, ErrAudience, ErrAuthorized, ErrSubject, ErrNonce, ErrExpired, ErrIssuedAt, ErrNotBefore,
		ErrAccessHash, ErrAuthTime, ErrGroups, ErrOverage,
	}
	codes := make([]string, len(errs))
	for i, err := range errs {
		codes[i] = Reason(err)
	}
	return append(codes, "other")
}
