-- What binds a session to its person; one of an earlier version has nothing here, and is over.
ALTER TABLE session ADD COLUMN owner_tag BLOB;
