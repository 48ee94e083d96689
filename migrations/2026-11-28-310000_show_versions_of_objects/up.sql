-- The version (ETag) of the object that the customer looked at. What was asked is frozen by write_approvals_go_on, this with it.
ALTER TABLE write_approvals
  ADD COLUMN before_etag text CONSTRAINT write_approvals_etag_length CHECK (char_length(before_etag) BETWEEN 1 AND 300),
  ADD CONSTRAINT write_approvals_etag_of_object CHECK (before_etag IS NULL OR before_hash IS NOT NULL);
