-- What stands on each page of a document as text, sealed; none with documents that were rendered earlier.
ALTER TABLE document ADD COLUMN pages BLOB;
