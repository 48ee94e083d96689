DROP FUNCTION post_journal(uuid, text, text, uuid, jsonb, jsonb);
DROP FUNCTION ledger_account(uuid, text, uuid, uuid, text);
ALTER TABLE journals DROP CONSTRAINT journals_last_line;
DROP TABLE entries;
DROP TABLE journals;
DROP TABLE accounts;
DROP FUNCTION check_entries();
DROP FUNCTION ledger_keeps_rows();
