-- Which digests of an order were time-stamped, how often the authority was asked for each, and what it answered last to which
-- request.
ALTER TABLE timestamp ADD COLUMN digest_tag BLOB;
ALTER TABLE timestamp ADD COLUMN asked INTEGER NOT NULL DEFAULT 1;
ALTER TABLE timestamp ADD COLUMN query_tag BLOB;
ALTER TABLE timestamp ADD COLUMN sealed BLOB;
