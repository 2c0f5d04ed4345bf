-- Times are seconds since 1970-01-01T00:00:00Z. `…_tag` columns are HMACs, `sealed` columns are encrypted with the key
-- beside the database: secrets are nowhere, and persons are nowhere in clear.

CREATE TABLE portal (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    identity_tag BLOB NOT NULL UNIQUE,
    password_hash TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE wrong_password (
    identity_tag BLOB PRIMARY KEY,
    count INTEGER NOT NULL,
    locked_until INTEGER NOT NULL DEFAULT 0,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE captcha (
    id TEXT PRIMARY KEY,
    answer_tag BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_tag BLOB PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE application (
    id TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (id),
    product TEXT NOT NULL,
    institution TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    sequence INTEGER NOT NULL UNIQUE,
    phase TEXT NOT NULL,
    revision INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX application_of_person ON application (person);

CREATE TABLE code (
    application TEXT PRIMARY KEY REFERENCES application (id),
    code_tag BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    tries_left INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE code_sending (
    application TEXT NOT NULL REFERENCES application (id),
    sent_at INTEGER NOT NULL
) STRICT;
CREATE INDEX code_sending_of_application ON code_sending (application, sent_at);

CREATE TABLE document (
    application TEXT NOT NULL REFERENCES application (id),
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    description TEXT NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (application, position),
    UNIQUE (application, id)
) STRICT;

CREATE TABLE receipt (
    sequence INTEGER PRIMARY KEY,
    application TEXT NOT NULL UNIQUE REFERENCES application (id),
    receipt TEXT NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

CREATE TABLE answer (
    key_tag BLOB PRIMARY KEY,
    request_tag BLOB NOT NULL,
    sealed BLOB NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX answer_by_expiry ON answer (expires_at);

CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL,
    sealed BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting'
) STRICT;
CREATE INDEX outbox_waiting ON outbox (not_before) WHERE state = 'waiting';

CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    application TEXT,
    outcome TEXT NOT NULL,
    chain BLOB NOT NULL
) STRICT;
