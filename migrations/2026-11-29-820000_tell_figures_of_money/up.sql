-- What an operator's machines watch of the money, of every program in one question: counts and an age, nothing of whom.
CREATE FUNCTION money_figures() RETURNS TABLE (program text, breaks_open bigint, reconciled_seconds double precision, held_long bigint)
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  one record;
BEGIN
  FOR one IN SELECT v.id, v.slug, v.created_at FROM vendors v WHERE v.slug <> 'operator' ORDER BY v.slug LOOP
    PERFORM set_config('attache.vendor', one.id::text, true);
    program := one.slug;
    SELECT count(*) INTO breaks_open FROM reconciliation_breaks b WHERE b.vendor_id = one.id AND b.state = 'open';
    SELECT extract(epoch FROM app_now() - coalesce(max(r.ended_at), one.created_at)) INTO reconciled_seconds
      FROM reconciliations r WHERE r.vendor_id = one.id;
    SELECT count(*) INTO held_long FROM milestones m WHERE m.vendor_id = one.id AND m.state IN ('funded', 'submitted', 'changes_requested')
      AND m.hold_until - (m.hold_until - coalesce(m.charged_at, m.funded_at)) / 9 < app_now();
    RETURN NEXT;
  END LOOP;
  PERFORM set_config('attache.vendor', '', true);
END $$;
