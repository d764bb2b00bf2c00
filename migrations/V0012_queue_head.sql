-- The queue has lanes: one for each runner that tasks name, one for tasks that name labels, one for all others. A runner
-- looks into its own lanes only, so that a long queue for others costs it nothing.
--
-- The head of a lane is looked for by the first index alone, and nothing else by it, which its condition on slots (it
-- holds always) is for: the planner believes an index without DAG to be as good as one by DAG while the queue is short
-- in its statistics, and would then read a long queue whole for each DAG.
DROP INDEX task_instance_queue;
DROP INDEX task_instance_queue_dag;
DROP INDEX task_instance_queue_pool;
CREATE INDEX task_instance_queue ON task_instance
    (coalesce(runner, '#' || (labels IS NULL)::text),
        (queued_at - '2026-01-01 00:00:00+00'::timestamptz - priority * interval '1 minute'), id)
    WHERE state = 'queued' AND attempt_id IS NULL AND slots > 0;
CREATE INDEX task_instance_queue_dag ON task_instance
    (coalesce(runner, '#' || (labels IS NULL)::text), dag_id,
        (queued_at - '2026-01-01 00:00:00+00'::timestamptz - priority * interval '1 minute'), id)
    WHERE state = 'queued' AND attempt_id IS NULL;
CREATE INDEX task_instance_queue_pool ON task_instance
    (pool, coalesce(runner, '#' || (labels IS NULL)::text), queued_at, id)
    WHERE state = 'queued' AND attempt_id IS NULL AND pool IS NOT NULL;
