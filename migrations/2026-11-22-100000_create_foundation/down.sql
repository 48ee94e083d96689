DROP TABLE muted_notices, notices, running_numbers, jobs, events, idempotency_keys, throttles, email_links, api_tokens,
  sessions, memberships, organizations, credentials, persons, vendor_hosts, vendors, currencies;
DROP PROCEDURE make_global_table(regclass), make_tenant_table(regclass);
DROP FUNCTION app_now();
