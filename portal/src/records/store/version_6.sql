-- Sealed values are bound to their rows; whose certificate signed, and which institution invited, is no clear text any more.
-- The new columns are filled before the old ones go (`binding.rs`, `version_6_end.sql`).
ALTER TABLE person ADD COLUMN sealed_password_hash BLOB;
ALTER TABLE application ADD COLUMN institution_tag BLOB;
ALTER TABLE document ADD COLUMN sealed_description BLOB;
ALTER TABLE receipt ADD COLUMN sealed_receipt BLOB;
CREATE INDEX application_of_institution ON application (institution_tag);

-- The end of each application, told to whoever waits for it until it is acknowledged.
CREATE TABLE completion (
    application TEXT PRIMARY KEY REFERENCES application (id),
    id TEXT NOT NULL UNIQUE,
    completed_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    acknowledged_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX completion_waiting ON completion (not_before) WHERE acknowledged_at IS NULL;

-- Whose programs may read what was received: of each the tag of its token.
CREATE TABLE archive_client (
    name TEXT PRIMARY KEY,
    token_tag BLOB NOT NULL UNIQUE,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which line of a list of invitations led to which order: a list can be gone on with after it was cut.
CREATE TABLE invitation (
    content_tag BLOB PRIMARY KEY,
    application TEXT NOT NULL REFERENCES application (id)
) STRICT, WITHOUT ROWID;

-- What happened to one order is asked for with it.
CREATE INDEX audit_of_application ON audit (application);
