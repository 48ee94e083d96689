-- Where a customer's checkpoints go is part of what happened to its trail.
DROP TRIGGER events_audited ON events;
CREATE TRIGGER events_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind LIKE 'access-%' OR NEW.kind LIKE 'write-%' OR NEW.kind LIKE 'checkpoint-address-%'
        OR NEW.kind IN ('connection-made', 'connection-broken', 'connection-ended', 'connection-revoked'))
  EXECUTE FUNCTION audit_event();
