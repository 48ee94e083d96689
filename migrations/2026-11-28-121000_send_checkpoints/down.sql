DROP TABLE audit_webhooks;
