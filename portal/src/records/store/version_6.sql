-- Sealed values are bound to their rows; whose certificate signed, and which institution invited, is no clear text any more.
-- The new columns are filled before the old ones go (`binding.rs`, `version_6_end.sql`).
ALTER TABLE person ADD COLUMN sealed_password_hash BLOB;
ALTER TABLE application ADD COLUMN institution_tag BLOB;
ALTER TABLE document ADD COLUMN sealed_description BLOB;
ALTER TABLE receipt ADD COLUMN sealed_receipt BLOB;
CREATE INDEX application_of_institution ON application (institution_tag);
