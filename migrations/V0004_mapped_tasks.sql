-- Instances of mapped tasks: their items, and a place where those stand that max_parallel holds back.

-- What an instance stands for, byte for byte; null where the task is not mapped.
ALTER TABLE task_instance ADD COLUMN item json;

-- Waiting instances with a hold are ready, and wait for others of their task only.
CREATE INDEX task_instance_held ON task_instance (run_id, task_index, map_index)
    WHERE state = 'waiting' AND hold IS NOT NULL;
CREATE INDEX task_instance_mapped_live ON task_instance (run_id, task_index)
    WHERE map_index >= 0 AND state IN ('queued', 'running', 'up_for_retry');
