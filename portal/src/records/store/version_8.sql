-- The devices that people have signed in on, each known by the tag of a token of its own.
CREATE TABLE device (
    id TEXT PRIMARY KEY,
    person INTEGER NOT NULL REFERENCES person (id),
    token_tag BLOB NOT NULL UNIQUE,
    seen_at INTEGER NOT NULL,
    sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX device_of_person ON device (person, seen_at);

-- The device that a session was begun on; none where it told of none.
ALTER TABLE session ADD COLUMN device TEXT REFERENCES device (id) ON DELETE CASCADE;
CREATE INDEX session_of_device ON session (device);

-- Wrong passwords are counted in memory; how often those of a person were forgiven stands here, for every process to see.
ALTER TABLE person ADD COLUMN lifts INTEGER NOT NULL DEFAULT 0;
DROP TABLE wrong_password;

-- Whose an entry is, and which device's: sealed, and in the chain where there is any.
ALTER TABLE audit ADD COLUMN about BLOB;
