-- The head of the whole queue is looked for by this index alone, and nothing else by it: for the planner an index
-- without DAG is as good as one by DAG while it believes the queue to be short, and then a long queue is read whole for
-- each DAG.
DROP INDEX task_instance_queue;
CREATE INDEX task_instance_queue ON task_instance
    ((queued_at - '2026-01-01 00:00:00+00'::timestamptz - priority * interval '1 minute'), id)
    WHERE state = 'queued' AND attempt_id IS NULL AND slots > 0;
