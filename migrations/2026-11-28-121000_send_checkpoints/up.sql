-- Where a customer has the checkpoints of its audit trail sent: one address, with a secret that signs what is sent there.
CREATE TABLE audit_webhooks (
  vendor_id uuid NOT NULL REFERENCES vendors (id),
  customer_organization_id uuid NOT NULL,
  id uuid NOT NULL,
  url text NOT NULL CONSTRAINT audit_webhooks_url_length CHECK (char_length(url) BETWEEN 1 AND 2000),
  secret_sealed bytea NOT NULL,
  set_at timestamptz NOT NULL DEFAULT app_now(),
  set_by uuid NOT NULL REFERENCES persons (id),
  sent_seq bigint NOT NULL CONSTRAINT audit_webhooks_sent_counts CHECK (sent_seq >= 0),
  turn bigint NOT NULL DEFAULT 0,
  delivered_at timestamptz,
  failures integer NOT NULL DEFAULT 0,
  failing_since timestamptz,
  failed_at timestamptz,
  failure text,
  next_try_at timestamptz,
  told_at timestamptz,
  tested_at timestamptz,
  PRIMARY KEY (vendor_id, customer_organization_id),
  CONSTRAINT audit_webhooks_id_key UNIQUE (vendor_id, id),
  CONSTRAINT audit_webhooks_customer_fkey FOREIGN KEY (vendor_id, customer_organization_id) REFERENCES organizations (vendor_id, id),
  CONSTRAINT audit_webhooks_failing CHECK (failures >= 0
    AND num_nonnulls(failing_since, next_try_at) = CASE WHEN failures > 0 THEN 2 ELSE 0 END AND (told_at IS NULL OR failures > 0)),
  CONSTRAINT audit_webhooks_failed CHECK ((failed_at IS NULL) = (failure IS NULL) AND (failures = 0 OR failed_at IS NOT NULL))
);
COMMENT ON COLUMN audit_webhooks.sent_seq IS 'the last checkpoint that arrived, or the last one before there was an address';
COMMENT ON COLUMN audit_webhooks.turn IS 'only the job with the latest turn goes on';
CALL make_tenant_table('audit_webhooks');
