DROP INDEX balance_transactions_source_key;
ALTER TABLE balance_transactions ADD CONSTRAINT balance_transactions_source_key UNIQUE (source);
COMMENT ON COLUMN balance_transactions.source IS 'the charge, transfer or refund';
DROP TABLE disputes;
