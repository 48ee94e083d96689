-- Proposals have records of their own, with hash and number: the usual one beside them would count each yes twice.
DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN ((NEW.kind LIKE 'access-%' AND NEW.kind NOT IN ('access-proposed', 'access-agreed', 'access-proposal-changed', 'access-proposal-closed'))
        OR NEW.kind LIKE 'write-%' OR NEW.kind LIKE 'checkpoint-address-%'
        OR NEW.kind IN ('connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();

-- How many must agree is recorded by its own row, whoever writes it: an event could be left out.
DROP TRIGGER events_of_proposals_audited ON events;
CREATE TRIGGER events_of_proposals_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-proposed', 'access-agreed', 'access-proposal-changed', 'access-proposal-closed'))
  EXECUTE FUNCTION audit_proposal();
CREATE FUNCTION audit_approver_rule() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM append_audit(NEW.organization_id,
    json_build_object('kind', 'approver-rule-set', 'needed', NEW.needed, 'about', NEW.about, 'before',
      CASE TG_OP WHEN 'UPDATE' THEN json_build_object('needed', OLD.needed, 'about', OLD.about) END),
    json_build_object('actor', NEW.changed_by));
  RETURN NULL;
END $$;
CREATE TRIGGER approver_rules_audited AFTER INSERT OR UPDATE ON approver_rules FOR EACH ROW EXECUTE FUNCTION audit_approver_rule();

-- A way back that nobody may go is told once: whoever saw the state in a link fills nobody's trail.
ALTER TABLE oauth_states ADD COLUMN strayed_at timestamptz;
