-- Why a change was not taken back, as a code: so that the customer reads what to do about it.
ALTER TABLE kept_changes ADD COLUMN failure text,
  ADD CONSTRAINT kept_changes_failure CHECK (failure IS NULL OR (state IN ('failed', 'asked')
    AND failure ~ '^(not-connected|described-otherwise|not-kept|not-shown|token-refused|no-answer|refused-[1-5][0-9]{2})$'));
