-- What is sealed cannot be opened here: its words are lost, and the chain still holds.
DELETE FROM jobs WHERE kind = 'seal-trail';
DROP FUNCTION seal_openings(uuid, uuid, bigint[], bytea[]);
DELETE FROM audit_openings WHERE words IS NULL;
ALTER TABLE audit_openings
  DROP CONSTRAINT audit_openings_sealed,
  DROP COLUMN sealed,
  DROP COLUMN key_id,
  ALTER COLUMN salt SET NOT NULL,
  ALTER COLUMN words SET NOT NULL;
COMMENT ON TABLE audit_openings IS 'what names persons: the record holds sha256(salt || words)';
DROP TABLE audit_keys;
