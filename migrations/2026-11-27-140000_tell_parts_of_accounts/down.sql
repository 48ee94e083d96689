-- What has longer ids or parts cannot be told in the schema before: this fails while there are such accounts.
ALTER TABLE oauth_states DROP CONSTRAINT oauth_states_client_whole;
ALTER TABLE oauth_states DROP COLUMN client_sealed, DROP COLUMN client_wrapped_key, DROP COLUMN client_kek_id, DROP COLUMN parts;
ALTER TABLE connection_secrets DROP CONSTRAINT connection_secrets_kind_known;
ALTER TABLE connection_secrets ADD CONSTRAINT connection_secrets_kind_known
  CHECK (kind IN ('access', 'refresh', 'orphan', 'revocation'));
ALTER TABLE connections DROP CONSTRAINT connections_account_name_length;
ALTER TABLE connections ADD CONSTRAINT connections_account_name_length CHECK (char_length(account_name) BETWEEN 1 AND 200);
ALTER TABLE connections DROP CONSTRAINT connections_account_length;
ALTER TABLE connections ADD CONSTRAINT connections_account_length CHECK (char_length(account_id) BETWEEN 1 AND 200);
ALTER TABLE connections DROP COLUMN parts;
