ALTER TABLE person DROP COLUMN password_hash;
ALTER TABLE person RENAME COLUMN sealed_password_hash TO password_hash;
ALTER TABLE application DROP COLUMN institution;
ALTER TABLE document DROP COLUMN description;
ALTER TABLE document RENAME COLUMN sealed_description TO description;
ALTER TABLE receipt DROP COLUMN receipt;
ALTER TABLE receipt RENAME COLUMN sealed_receipt TO receipt;
