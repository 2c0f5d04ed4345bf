-- When a session was begun: it ends some time after, however it is used. One of an earlier version ends at once.
ALTER TABLE session ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX session_of_person ON session (person, began_at);

-- Which digests of an order were time-stamped, how often the authority was asked for each, and what it answered last to which
-- request.
ALTER TABLE timestamp ADD COLUMN digest_tag BLOB;
ALTER TABLE timestamp ADD COLUMN asked INTEGER NOT NULL DEFAULT 1;
ALTER TABLE timestamp ADD COLUMN query_tag BLOB;
ALTER TABLE timestamp ADD COLUMN sealed BLOB;
