-- When a session was begun: it ends some time after, however it is used. One of an earlier version ends at once.
ALTER TABLE session ADD COLUMN began_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX session_of_person ON session (person, began_at);
