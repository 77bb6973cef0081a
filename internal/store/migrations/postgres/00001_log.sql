-- +goose Up
-- The size of the log and the right edge of its tree. Appending locks this row,
-- so sequence numbers have no gaps and no two writers share one.
CREATE TABLE audit_head (
	one   smallint PRIMARY KEY CHECK (one = 1),
	size  bigint   NOT NULL CHECK (size >= 0),
	peaks bytea    NOT NULL                     -- roots of the perfect subtrees, the largest first, 32 bytes each
) WITH (fillfactor = 50);
INSERT INTO audit_head (one, size, peaks) VALUES (1, 0, '');

CREATE TABLE audit_event (
	seq        bigint PRIMARY KEY CHECK (seq > 0),
	leaf       text  COLLATE "C" NOT NULL,      -- the exact line that was hashed
	hash       bytea NOT NULL,                  -- of the leaf, then of each subtree that this row completes
	at         text  COLLATE "C" NOT NULL,      -- this and all below follow from the leaf
	kind       text  COLLATE "C" NOT NULL,
	sandbox    text  COLLATE "C" NOT NULL,
	actor      text  COLLATE "C" NOT NULL,
	actor_name text  COLLATE "C" NOT NULL
);
CREATE INDEX audit_event_at ON audit_event (at);
CREATE INDEX audit_event_kind ON audit_event (kind, seq);
CREATE INDEX audit_event_sandbox ON audit_event (sandbox, seq);
CREATE INDEX audit_event_actor ON audit_event (actor, seq);
CREATE INDEX audit_event_actor_name ON audit_event (actor_name, seq);

-- What an event is found by besides: subjects' fingerprints, ops, request ids.
CREATE TABLE audit_mention (
	mention text COLLATE "C" NOT NULL,
	seq     bigint NOT NULL,
	PRIMARY KEY (mention, seq)
);

-- The newest signed tree head; older ones are in the second place.
CREATE TABLE audit_checkpoint (
	one  smallint PRIMARY KEY CHECK (one = 1),
	size bigint NOT NULL,
	at   text COLLATE "C" NOT NULL,
	note text COLLATE "C" NOT NULL
);

-- Checkpoints ahead of a restored database that an admin has released.
CREATE TABLE audit_release (
	size bigint NOT NULL,
	root text COLLATE "C" NOT NULL,
	at   text COLLATE "C" NOT NULL,
	PRIMARY KEY (size, root)
);

-- +goose StatementBegin
CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE EXCEPTION 'the log is append-only';
END $$;
-- +goose StatementEnd
CREATE TRIGGER audit_event_no_change BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_event_no_truncate BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_mention_no_change BEFORE UPDATE OR DELETE ON audit_mention FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_mention_no_truncate BEFORE TRUNCATE ON audit_mention FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_grows BEFORE UPDATE ON audit_head FOR EACH ROW WHEN (NEW.size < OLD.size) EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_stays BEFORE INSERT OR DELETE ON audit_head FOR EACH ROW EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_no_truncate BEFORE TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();

-- UPDATE stays with the owner: foreign keys to these rows lock them, and a
-- lock asks for that right.
REVOKE DELETE, TRUNCATE ON audit_event, audit_mention, audit_head FROM CURRENT_USER;
REVOKE ALL ON audit_event, audit_mention, audit_head, audit_checkpoint, audit_release FROM PUBLIC;
