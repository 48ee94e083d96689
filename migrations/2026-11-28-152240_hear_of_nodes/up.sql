-- Each process that serves says every second up to which moment all its lines are written. One that ends in order takes its row
-- with it; one that is killed leaves it, and what it may have taken with it lies between the two moments.
CREATE TABLE nodes (
  id uuid PRIMARY KEY,
  began_at timestamptz NOT NULL DEFAULT app_now(),
  written_until timestamptz NOT NULL DEFAULT app_now(),
  seen_at timestamptz NOT NULL DEFAULT app_now(),
  CONSTRAINT nodes_written_before_seen CHECK (written_until <= seen_at)
);
CALL make_global_table('nodes');
