-- What calendars and runs' pages are made of.

-- How the runs of a DAG ended, by the quarter of an hour that they stand for. A run that ends adds a row, one that is
-- reopened takes it back by another, so nobody waits for anybody; old rows are folded into sums. What became of a day is
-- remembered when its runs have been removed.
CREATE TABLE run_outcome (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id bigint NOT NULL,
    slot timestamptz NOT NULL,
    state text NOT NULL,
    runs integer NOT NULL,
    is_folded boolean NOT NULL DEFAULT false
);
INSERT INTO run_outcome (dag_id, slot, state, runs, is_folded)
SELECT dag_id, date_bin('15 minutes', logical_date, '2000-01-01 00:00Z'), state, count(*), true
FROM dag_run WHERE ended_at IS NOT NULL GROUP BY 1, 2, 3;
CREATE INDEX run_outcome_slot ON run_outcome (dag_id, slot);
CREATE INDEX run_outcome_loose ON run_outcome (slot) WHERE NOT is_folded;

CREATE FUNCTION note_run_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NOT NULL THEN
        INSERT INTO run_outcome (dag_id, slot, state, runs)
        VALUES (OLD.dag_id, date_bin('15 minutes', OLD.logical_date, '2000-01-01 00:00Z'), OLD.state, -1);
    END IF;
    IF NEW.ended_at IS NOT NULL THEN
        INSERT INTO run_outcome (dag_id, slot, state, runs)
        VALUES (NEW.dag_id, date_bin('15 minutes', NEW.logical_date, '2000-01-01 00:00Z'), NEW.state, 1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER run_outcome_made AFTER INSERT ON dag_run
    FOR EACH ROW WHEN (NEW.ended_at IS NOT NULL) EXECUTE FUNCTION note_run_outcome();
CREATE TRIGGER run_outcome_changed AFTER UPDATE ON dag_run
    FOR EACH ROW WHEN (OLD.state <> NEW.state AND (OLD.ended_at IS NOT NULL OR NEW.ended_at IS NOT NULL))
    EXECUTE FUNCTION note_run_outcome();

-- The failures of a run, first ones first, without its other tasks.
CREATE INDEX task_instance_failed ON task_instance (run_id, ended_at, id) WHERE state = 'failed';
-- A list of what failed or was cancelled, in all DAGs.
CREATE INDEX dag_run_newest_bad ON dag_run (created_at DESC, id DESC) WHERE state IN ('failed', 'cancelled');
