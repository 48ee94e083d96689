-- What an application gave to an account once, and took back in a later answer.
ALTER TABLE connections ADD COLUMN lost_scopes text[] NOT NULL DEFAULT '{}';

-- Besides what is in the trail already: that an application gives less, and that somebody came back with another one's connect.
CREATE TRIGGER connections_audited AFTER INSERT ON events FOR EACH ROW
  WHEN (NEW.kind IN ('connection-lessened', 'connect-return-refused'))
  EXECUTE FUNCTION audit_event();

-- Terms that nobody can read are not kept: what they allow could only be guessed.
CREATE FUNCTION terms_are_whole(terms text, upstream text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(t ->> 'form' = '1' AND t ->> 'upstream' = upstream AND jsonb_typeof(t -> 'operations') = 'object'
    AND t -> 'operations' <> '{}' AND NOT EXISTS (
      SELECT 1 FROM jsonb_each(CASE jsonb_typeof(t -> 'operations') WHEN 'object' THEN t -> 'operations' ELSE '{}' END) o
      WHERE NOT coalesce(o.value ?& ARRAY['action', 'risk', 'method', 'path'], false)), false)
  FROM (SELECT terms::jsonb AS t) AS read
$$;
ALTER TABLE grants ADD CONSTRAINT grants_terms_whole CHECK (terms_are_whole(terms, upstream)) NOT VALID;
ALTER TABLE grants VALIDATE CONSTRAINT grants_terms_whole;
