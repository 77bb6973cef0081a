-- +goose Up
-- Times are RFC 3339 in UTC with microseconds; '' is no time.
CREATE TABLE session (
	id        text COLLATE "C" PRIMARY KEY,                -- SHA-256 of the id in the cookie
	issuer    text COLLATE "C" NOT NULL,
	subject   text COLLATE "C" NOT NULL,
	sid       text COLLATE "C" NOT NULL,                   -- the provider's own
	groups    text COLLATE "C" NOT NULL,                   -- JSON
	groups_at text COLLATE "C" NOT NULL,
	auth_time text COLLATE "C" NOT NULL,
	created   text COLLATE "C" NOT NULL,
	seen      text COLLATE "C" NOT NULL,
	ended     text COLLATE "C" NOT NULL,
	why       text COLLATE "C" NOT NULL,
	person    bytea NOT NULL,                   -- sealed: name, address, browser
	tokens    bytea                             -- sealed; none after the end
);
CREATE INDEX session_person ON session (issuer, subject);
CREATE INDEX session_sid ON session (issuer, sid);
CREATE INDEX session_seen ON session (seen);

-- What somebody had typed when their session was over.
CREATE TABLE kept_form (
	id      text COLLATE "C" PRIMARY KEY,
	session text COLLATE "C" NOT NULL,
	issuer  text COLLATE "C" NOT NULL,
	subject text COLLATE "C" NOT NULL,
	page    text COLLATE "C" NOT NULL,
	sealed  bytea NOT NULL CHECK (length(sealed) <= 70000),
	at      text COLLATE "C" NOT NULL
);
CREATE INDEX kept_form_person ON kept_form (issuer, subject);

-- Logout tokens that were used: each counts once.
CREATE TABLE logout_jti (
	issuer text COLLATE "C" NOT NULL,
	jti    text COLLATE "C" NOT NULL,
	until  text COLLATE "C" NOT NULL,
	PRIMARY KEY (issuer, jti)
);

CREATE TABLE preference (
	issuer    text COLLATE "C" NOT NULL,
	subject   text COLLATE "C" NOT NULL,
	language  text COLLATE "C" NOT NULL,
	zone      text COLLATE "C" NOT NULL,
	shortcuts smallint NOT NULL,                -- 0: single keys do nothing
	PRIMARY KEY (issuer, subject)
);

-- Forms that acted: one sent twice acts once.
CREATE TABLE op (
	op       text COLLATE "C" PRIMARY KEY,
	actor    text COLLATE "C" NOT NULL,
	hash     text COLLATE "C" NOT NULL,                    -- of the values that came with it
	location text COLLATE "C" NOT NULL,                    -- where the first one was sent on to
	at       text COLLATE "C" NOT NULL
);
CREATE INDEX op_at ON op (at);

-- Calls that may still be made to Adobe, by sandbox.
CREATE TABLE budget (
	sandbox text COLLATE "C" PRIMARY KEY,
	tokens  double precision NOT NULL,
	at      bigint NOT NULL                   -- microseconds since 1970
);

-- The switch that an admin sets at run time.
CREATE TABLE frozen (
	one    smallint PRIMARY KEY CHECK (one = 1),
	is_on  smallint NOT NULL,
	reason text COLLATE "C" NOT NULL,
	actor  text COLLATE "C" NOT NULL,
	at     text COLLATE "C" NOT NULL
);
INSERT INTO frozen (one, is_on, reason, actor, at) VALUES (1, 0, '', '', '');

-- The policy file that was in force last, so that a change is told once.
CREATE TABLE policy_seen (
	one    smallint PRIMARY KEY CHECK (one = 1),
	sha256 text COLLATE "C" NOT NULL,
	at     text COLLATE "C" NOT NULL
);
INSERT INTO policy_seen (one, sha256, at) VALUES (1, '', '');

-- Written to learn whether the database takes writes.
CREATE TABLE probe (
	one smallint PRIMARY KEY CHECK (one = 1),
	at  text COLLATE "C" NOT NULL,
	pad bytea NOT NULL
);
INSERT INTO probe (one, at, pad) VALUES (1, '', '');
