DELETE FROM jobs WHERE kind IN ('reconcile-hourly', 'reconcile');
DROP TABLE reconciliation_breaks, reconciliations, stripe_postings, stripe_readings, stripe_movements;
DROP FUNCTION breaks_keep_their_end();
