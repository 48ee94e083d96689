DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-requested', 'access-granted', 'access-narrowed', 'access-declined', 'access-ended',
                     'connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();
ALTER TABLE access_log DROP COLUMN approval_id, DROP COLUMN cost, DROP COLUMN cost_unit;
DROP TABLE budget_uses;
DROP TABLE write_approvals;
DROP FUNCTION write_approvals_go_on();
CREATE OR REPLACE FUNCTION terms_within(earlier jsonb, later jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT earlier - 'operations' - 'limits' = later - 'operations' - 'limits'
    AND later -> 'operations' <> '{}'
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(later -> 'operations') o WHERE earlier -> 'operations' -> o.key IS DISTINCT FROM o.value)
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(coalesce(earlier #> '{limits,only}', '{}')) l
                    WHERE NOT coalesce(later #> ARRAY['limits', 'only', l.key] <@ l.value, false))
$$;
