-- A run that makes up for a tick that had passed: it starts behind all regular ones.
ALTER TABLE dag_run ADD COLUMN is_catchup boolean NOT NULL DEFAULT false;

-- Why a backfill was ended by nobody's word, such as file_removed.
ALTER TABLE backfill ADD COLUMN reason text;

-- Counts by state come from the index alone.
DROP INDEX dag_run_backfill;
CREATE INDEX dag_run_backfill ON dag_run (backfill_id, state) WHERE backfill_id IS NOT NULL;
