DROP TABLE external_objects;
DROP TABLE webhooks;
DROP TABLE balance_transactions;
DROP TABLE stripe_calls;
DROP TABLE transfers;
DROP TABLE refunds;
DROP TABLE payments;
DROP TABLE payout_accounts;
