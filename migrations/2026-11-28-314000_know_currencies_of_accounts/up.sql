-- The currency that an account is billed in, where its application tells it; budgets of money are told in it.
ALTER TABLE connections ADD COLUMN currency text CONSTRAINT connections_currency_fkey REFERENCES currencies (code);
