-- Some applications offer no revocation: their connections end here, and only the customer can end the rest there.
ALTER TABLE connections DROP CONSTRAINT connections_revocation_known;
ALTER TABLE connections ADD CONSTRAINT connections_revocation_known CHECK (revocation IN ('none', 'trying', 'done', 'failed', 'not_offered'));
