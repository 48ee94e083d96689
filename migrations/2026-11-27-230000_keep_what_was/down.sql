DROP TABLE kept_changes;
DROP FUNCTION kept_changes_go_on();
