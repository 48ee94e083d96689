DROP TRIGGER refunds_within_payment ON refunds;
DROP FUNCTION refunds_within_payment();
GRANT UPDATE ON refunds TO attache_app;
DROP INDEX refunds_by_milestone, refunds_by_payment;
ALTER TABLE refunds ADD CONSTRAINT refunds_payment_key UNIQUE (vendor_id, payment_id);
ALTER TABLE milestones DROP COLUMN sent_back_minor;
