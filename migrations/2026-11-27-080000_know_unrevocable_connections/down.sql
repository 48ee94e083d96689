-- `failed` tells people the same: to end it there.
UPDATE connections SET revocation = 'failed' WHERE revocation = 'not_offered';
ALTER TABLE connections DROP CONSTRAINT connections_revocation_known;
ALTER TABLE connections ADD CONSTRAINT connections_revocation_known CHECK (revocation IN ('none', 'trying', 'done', 'failed'));
