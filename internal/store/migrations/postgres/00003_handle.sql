-- +goose Up
-- Opaque names of customers that were looked up. Nothing in it names them.
CREATE TABLE handle (
	id           text COLLATE "C" PRIMARY KEY,             -- random; stands in URLs
	sandbox      text COLLATE "C" NOT NULL,
	policy       text COLLATE "C" NOT NULL,
	identity_key text COLLATE "C" NOT NULL,                -- fingerprint of sandbox, policy and identity
	issuer       text COLLATE "C" NOT NULL,
	subject      text COLLATE "C" NOT NULL,
	identity     bytea NOT NULL,                -- sealed
	label        bytea NOT NULL,                -- sealed, for its owner
	created      text COLLATE "C" NOT NULL,
	used         text COLLATE "C" NOT NULL,
	revoked      text COLLATE "C" NOT NULL
);
CREATE INDEX handle_owner ON handle (issuer, subject, used);
CREATE INDEX handle_key ON handle (identity_key);
CREATE INDEX handle_used ON handle (used);
