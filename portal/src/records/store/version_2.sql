CREATE TABLE timestamp (
    id INTEGER PRIMARY KEY,
    application TEXT NOT NULL REFERENCES application (id),
    made_at INTEGER NOT NULL
) STRICT;
CREATE INDEX timestamp_of_application ON timestamp (application, made_at);
