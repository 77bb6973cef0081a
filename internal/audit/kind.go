package audit

// Kinds of events. The first word is what it is about, the second the step.
const (
	SessionStart   = "session.start"   // somebody signed in
	SessionEnd     = "session.end"     // a session ended, outcome says why
	SessionRefused = "session.refused" // a sign-in failed, outcome is the reason's code
	AccessDenied   = "access.denied"   // a right was missing

	ProfileLookup = "profile.lookup" // an identity was looked up
	ProfileView   = "profile.view"   // personal data of a profile was shown
	ProfileReveal = "profile.reveal" // a masked path was opened to one person
	SetRun        = "set.run"        // many identities were looked up

	FilePreview  = "file.preview"
	FileDownload = "file.download"

	AuditRead     = "audit.read"     // the log itself was read
	SettingsSeen  = "settings.seen"  // names and hashes of the settings at start
	PolicyChanged = "policy.changed" // with the SHA-256 of the policy file
	FreezeSet     = "freeze.set"
	FreezeLifted  = "freeze.lifted"
	LogReleased   = "log.released" // work goes on after an older database was restored
)

// Kinds whose steps are the words that follow.
var (
	attributeSteps = []string{"create", "save", "publish", "disable", "delete", "promote"}
	exportSteps    = []string{"start", "cancel", "rerun"}
	deletionSteps  = []string{
		"submitted", "approved", "rejected", "cancelled", "expired", "returned", "brought_forward", "attempt", "not_sent",
		"accepted", "partial", "refused", "reconciling", "joined", "unknown", "running", "succeeded", "upstream_failed",
		"verified", "not_verifiable", "contradicted", "closed_unknown",
	}
)

// AttributeKind, ExportKind and DeletionKind name the event of a step.
func AttributeKind(step string) string { return "attribute." + step }

// ExportKind is the kind of a step of an export: start, cancel or rerun.
func ExportKind(step string) string { return "export." + step }

// DeletionKind is the kind of a step of a delete, such as submitted.
func DeletionKind(step string) string { return "deletion." + step }

// Kinds are all kinds there are, in the order of the manual.
func Kinds() []string {
	kinds := []string{SessionStart, SessionEnd, SessionRefused, AccessDenied, ProfileLookup, ProfileView, ProfileReveal, SetRun}
	for _, step := range attributeSteps {
		kinds = append(kinds, AttributeKind(step))
	}
	for _, step := range exportSteps {
		kinds = append(kinds, ExportKind(step))
	}
	kinds = append(kinds, FilePreview, FileDownload)
	for _, step := range deletionSteps {
		kinds = append(kinds, DeletionKind(step))
	}
	return append(kinds, AuditRead, SettingsSeen, PolicyChanged, FreezeSet, FreezeLifted, LogReleased)
}
