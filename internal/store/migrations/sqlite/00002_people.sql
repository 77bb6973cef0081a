-- +goose Up
-- Times are RFC 3339 in UTC with microseconds; '' is no time.
CREATE TABLE session (
	id        TEXT PRIMARY KEY,                -- SHA-256 of the id in the cookie
	issuer    TEXT NOT NULL,
	subject   TEXT NOT NULL,
	sid       TEXT NOT NULL,                   -- the provider's own
	groups    TEXT NOT NULL,                   -- JSON
	groups_at TEXT NOT NULL,
	auth_time TEXT NOT NULL,
	created   TEXT NOT NULL,
	seen      TEXT NOT NULL,
	ended     TEXT NOT NULL,
	why       TEXT NOT NULL,
	person    BLOB NOT NULL,                   -- sealed: name, address, browser
	tokens    BLOB                             -- sealed; none after the end
) STRICT, WITHOUT ROWID;
CREATE INDEX session_person ON session (issuer, subject);
CREATE INDEX session_sid ON session (issuer, sid);
CREATE INDEX session_seen ON session (seen);

-- What somebody had typed when their session was over.
CREATE TABLE kept_form (
	id      TEXT PRIMARY KEY,
	session TEXT NOT NULL,
	issuer  TEXT NOT NULL,
	subject TEXT NOT NULL,
	page    TEXT NOT NULL,
	sealed  BLOB NOT NULL CHECK (length(sealed) <= 70000),
	at      TEXT NOT NULL
) STRICT;
CREATE INDEX kept_form_person ON kept_form (issuer, subject);

-- Logout tokens that were used: each counts once.
CREATE TABLE logout_jti (
	issuer TEXT NOT NULL,
	jti    TEXT NOT NULL,
	until  TEXT NOT NULL,
	PRIMARY KEY (issuer, jti)
) STRICT, WITHOUT ROWID;

CREATE TABLE preference (
	issuer    TEXT NOT NULL,
	subject   TEXT NOT NULL,
	language  TEXT NOT NULL,
	zone      TEXT NOT NULL,
	shortcuts INTEGER NOT NULL,                -- 0: single keys do nothing
	PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

-- Forms that acted: one sent twice acts once.
CREATE TABLE op (
	op       TEXT PRIMARY KEY,
	actor    TEXT NOT NULL,
	hash     TEXT NOT NULL,                    -- of the values that came with it
	location TEXT NOT NULL,                    -- where the first one was sent on to
	at       TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX op_at ON op (at);

-- Calls that may still be made to Adobe, by sandbox.
CREATE TABLE budget (
	sandbox TEXT PRIMARY KEY,
	tokens  REAL NOT NULL,
	at      INTEGER NOT NULL                   -- microseconds since 1970
) STRICT, WITHOUT ROWID;

-- The switch that an admin sets at run time.
CREATE TABLE frozen (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	is_on  INTEGER NOT NULL,
	reason TEXT NOT NULL,
	actor  TEXT NOT NULL,
	at     TEXT NOT NULL
) STRICT;
INSERT INTO frozen (one, is_on, reason, actor, at) VALUES (1, 0, '', '', '');

-- The policy file that was in force last, so that a change is told once.
CREATE TABLE policy_seen (
	one    INTEGER PRIMARY KEY CHECK (one = 1),
	sha256 TEXT NOT NULL,
	at     TEXT NOT NULL
) STRICT;
INSERT INTO policy_seen (one, sha256, at) VALUES (1, '', '');

-- Written to learn whether the database takes writes.
CREATE TABLE probe (
	one INTEGER PRIMARY KEY CHECK (one = 1),
	at  TEXT NOT NULL,
	pad BLOB NOT NULL
) STRICT;
INSERT INTO probe (one, at, pad) VALUES (1, '', x'');
