-- Jobs that write the next of their kind are never given up; those that were go on.
UPDATE jobs SET state = 'queued', attempts = 0, finished_at = NULL, run_at = app_now()
WHERE state = 'dead' AND kind IN ('watch-access', 'wipe-what-was-kept', 'keep-connection', 'audit-checkpoint');
