-- What a code was sent for.
ALTER TABLE code_sending ADD COLUMN purpose TEXT NOT NULL DEFAULT 'confirmation';

-- The card that the code of an order unblocks, sealed; until the code is taken.
CREATE TABLE unblocking (
    application TEXT PRIMARY KEY REFERENCES application (id),
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
