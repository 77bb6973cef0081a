-- +goose Up
-- Opaque names of customers that were looked up. Nothing in it names them.
CREATE TABLE handle (
	id           TEXT PRIMARY KEY,             -- random; stands in URLs
	sandbox      TEXT NOT NULL,
	policy       TEXT NOT NULL,
	identity_key TEXT NOT NULL,                -- fingerprint of sandbox, policy and identity
	issuer       TEXT NOT NULL,
	subject      TEXT NOT NULL,
	identity     BLOB NOT NULL,                -- sealed
	label        BLOB NOT NULL,                -- sealed, for its owner
	created      TEXT NOT NULL,
	used         TEXT NOT NULL,
	revoked      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX handle_owner ON handle (issuer, subject, used);
CREATE INDEX handle_key ON handle (identity_key);
CREATE INDEX handle_used ON handle (used);
