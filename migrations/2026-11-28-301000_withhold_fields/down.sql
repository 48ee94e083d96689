CREATE OR REPLACE FUNCTION terms_within(earlier jsonb, later jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp AS $$
  SELECT earlier - 'operations' - 'limits' = later - 'operations' - 'limits'
    AND later -> 'operations' <> '{}'
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(later -> 'operations') o WHERE earlier -> 'operations' -> o.key IS DISTINCT FROM o.value)
    AND NOT EXISTS (SELECT 1 FROM jsonb_each(coalesce(earlier #> '{limits,only}', '{}')) l
                    WHERE NOT coalesce(later #> ARRAY['limits', 'only', l.key] <@ l.value, false))
    AND coalesce(earlier #> '{limits,asks}', '[]') <@ coalesce(later #> '{limits,asks}', '[]')
    AND NOT EXISTS (SELECT 1 FROM jsonb_each_text(coalesce(earlier #> '{limits,budgets}', '{}')) b
                    WHERE NOT coalesce((later #>> ARRAY['limits', 'budgets', b.key])::numeric <= b.value::numeric, false))
$$;
