-- Due DAGs are taken in the order of their ticks and ids; an index that has only the ticks leaves the sorting of all
-- DAGs of one minute to each look.
DROP INDEX dag_due;
CREATE INDEX dag_due ON dag (next_tick, id) WHERE state = 'active' AND NOT paused AND next_tick IS NOT NULL;

-- What is in flight is little of a long history, and by PostgreSQL's statistics often nothing. It then reads an index of
-- all that is in flight where a few rows are asked for by their keys. That its first column is not null makes an index
-- good only for what asks for that column; what asks for all says so by a comparison that always holds.
DROP INDEX attempt_live, attempt_live_dag, dag_run_live, dag_run_waiting, task_instance_queue_dag;
CREATE INDEX attempt_live ON attempt (runner) WHERE ended_at IS NULL AND runner IS NOT NULL;
CREATE INDEX attempt_live_dag ON attempt (dag_id) WHERE ended_at IS NULL AND dag_id IS NOT NULL;
CREATE INDEX dag_run_live ON dag_run (dag_id, id) WHERE state IN ('queued', 'running') AND dag_id IS NOT NULL;
CREATE INDEX dag_run_waiting ON dag_run (run_after) WHERE state = 'queued' AND run_after IS NOT NULL;
CREATE INDEX task_instance_queue_dag ON task_instance (
    coalesce(runner, '#' || (labels IS NULL)::text), dag_id,
    (queued_at - '2026-01-01 00:00:00+00'::timestamptz - priority * interval '1 minute'), id
) WHERE state = 'queued' AND attempt_id IS NULL AND dag_id IS NOT NULL;

-- Priority classes are applied to what waits when a server starts.
CREATE INDEX task_instance_classed ON task_instance (priority_class)
    WHERE state IN ('waiting', 'queued') AND attempt_id IS NULL AND priority_class IS NOT NULL;
