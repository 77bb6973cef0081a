-- +goose Up
-- The size of the log and the right edge of its tree. Appending reads and
-- writes this row, so sequence numbers have no gaps and no two writers share one.
CREATE TABLE audit_head (
	one   INTEGER PRIMARY KEY CHECK (one = 1),
	size  INTEGER NOT NULL CHECK (size >= 0),
	peaks BLOB    NOT NULL                     -- roots of the perfect subtrees, the largest first, 32 bytes each
) STRICT;
INSERT INTO audit_head (one, size, peaks) VALUES (1, 0, x'');

CREATE TABLE audit_event (
	seq        INTEGER PRIMARY KEY CHECK (seq > 0),
	leaf       TEXT NOT NULL,                  -- the exact line that was hashed
	hash       BLOB NOT NULL,                  -- of the leaf, then of each subtree that this row completes
	at         TEXT NOT NULL,                  -- this and all below follow from the leaf
	kind       TEXT NOT NULL,
	sandbox    TEXT NOT NULL,
	actor      TEXT NOT NULL,
	actor_name TEXT NOT NULL
) STRICT;
CREATE INDEX audit_event_at ON audit_event (at);
CREATE INDEX audit_event_kind ON audit_event (kind, seq);
CREATE INDEX audit_event_sandbox ON audit_event (sandbox, seq);
CREATE INDEX audit_event_actor ON audit_event (actor, seq);
CREATE INDEX audit_event_actor_name ON audit_event (actor_name, seq);

-- What an event is found by besides: subjects' fingerprints, ops, request ids.
CREATE TABLE audit_mention (
	mention TEXT    NOT NULL,
	seq     INTEGER NOT NULL,
	PRIMARY KEY (mention, seq)
) STRICT, WITHOUT ROWID;

-- The newest signed tree head; older ones are in the second place.
CREATE TABLE audit_checkpoint (
	one  INTEGER PRIMARY KEY CHECK (one = 1),
	size INTEGER NOT NULL,
	at   TEXT    NOT NULL,
	note TEXT    NOT NULL
) STRICT;

-- Checkpoints ahead of a restored database that an admin has released.
CREATE TABLE audit_release (
	size INTEGER NOT NULL,
	root TEXT    NOT NULL,
	at   TEXT    NOT NULL,
	PRIMARY KEY (size, root)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER audit_event_no_update BEFORE UPDATE ON audit_event
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_event_no_delete BEFORE DELETE ON audit_event
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- INSERT OR REPLACE takes rows away without firing a trigger on DELETE.
-- +goose StatementBegin
CREATE TRIGGER audit_event_no_replace BEFORE INSERT ON audit_event
WHEN NEW.seq <= (SELECT size FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_mention_no_update BEFORE UPDATE ON audit_mention
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_mention_no_delete BEFORE DELETE ON audit_mention
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_mention_no_late BEFORE INSERT ON audit_mention
WHEN NEW.seq <= (SELECT size FROM audit_head)
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head
WHEN NEW.size < OLD.size
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_head_single BEFORE INSERT ON audit_head
BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END;
-- +goose StatementEnd
