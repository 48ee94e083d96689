-- Some applications are reached elsewhere for each account. What the customer or the application told of that stands here; the
-- secret of a client that the customer made there is sealed like a token.
ALTER TABLE connections ADD COLUMN parts jsonb NOT NULL DEFAULT '{}'
  CONSTRAINT connections_parts_object CHECK (jsonb_typeof(parts) = 'object');
-- An account's id counts beside the host that tells it.
ALTER TABLE connections DROP CONSTRAINT connections_account_length;
ALTER TABLE connections ADD CONSTRAINT connections_account_length CHECK (char_length(account_id) BETWEEN 1 AND 500);
ALTER TABLE connections DROP CONSTRAINT connections_account_name_length;
ALTER TABLE connections ADD CONSTRAINT connections_account_name_length CHECK (char_length(account_name) BETWEEN 1 AND 500);

ALTER TABLE connection_secrets DROP CONSTRAINT connection_secrets_kind_known;
ALTER TABLE connection_secrets ADD CONSTRAINT connection_secrets_kind_known
  CHECK (kind IN ('access', 'refresh', 'orphan', 'revocation', 'client'));

ALTER TABLE oauth_states ADD COLUMN parts jsonb NOT NULL DEFAULT '{}'
  CONSTRAINT oauth_states_parts_object CHECK (jsonb_typeof(parts) = 'object');
ALTER TABLE oauth_states ADD COLUMN client_sealed bytea, ADD COLUMN client_wrapped_key bytea, ADD COLUMN client_kek_id text;
ALTER TABLE oauth_states ADD CONSTRAINT oauth_states_client_whole
  CHECK ((client_sealed IS NULL) = (client_wrapped_key IS NULL) AND (client_sealed IS NULL) = (client_kek_id IS NULL));
