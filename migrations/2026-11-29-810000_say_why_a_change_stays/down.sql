ALTER TABLE kept_changes DROP COLUMN failure;
