-- Between its end and the start after a clear a run rests: that is no part of the time that it took. rest_from is set
-- while it waits for that start; rested_us is the sum of the rests before.
ALTER TABLE dag_run ADD COLUMN rested_us bigint NOT NULL DEFAULT 0 CHECK (rested_us >= 0);
ALTER TABLE dag_run ADD COLUMN rest_from timestamptz;

-- An incident is solved when its task succeeds: in the same run, or in a later one.
ALTER TABLE incident ADD COLUMN resolved_at timestamptz;
-- The run in which it did, for as long as that is kept.
ALTER TABLE incident ADD COLUMN resolved_run_id bigint;
ALTER TABLE incident ADD CHECK ((resolved_at IS NULL) = (resolved_run_id IS NULL));
DROP INDEX incident_open;
CREATE INDEX incident_open ON incident (id DESC) WHERE acknowledged_at IS NULL AND resolved_at IS NULL;
CREATE INDEX incident_unsolved ON incident (dag_id) WHERE resolved_at IS NULL;
