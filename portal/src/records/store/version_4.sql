-- A signed container that comes in parts, or whose sending was cut: one for an order, until it is whole or given up.
CREATE TABLE upload (
    application TEXT PRIMARY KEY REFERENCES application (id),
    key_tag BLOB NOT NULL,
    received INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE upload_part (
    application TEXT NOT NULL REFERENCES upload (application) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (application, position)
) STRICT, WITHOUT ROWID;
