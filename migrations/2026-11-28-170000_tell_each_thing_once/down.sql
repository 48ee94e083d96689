ALTER TABLE oauth_states DROP COLUMN strayed_at;
DROP TRIGGER approver_rules_audited ON approver_rules;
DROP FUNCTION audit_approver_rule();
DROP TRIGGER events_of_proposals_audited ON events;
CREATE TRIGGER events_of_proposals_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('access-proposed', 'access-agreed', 'access-proposal-changed', 'access-proposal-closed', 'approver-rule-set'))
  EXECUTE FUNCTION audit_proposal();
DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind LIKE 'access-%' OR NEW.kind LIKE 'write-%' OR NEW.kind LIKE 'checkpoint-address-%'
        OR NEW.kind IN ('connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();
