-- In which order the tasks of a pool are taken, and who said how large it is.

ALTER TABLE pool ADD COLUMN ordering text NOT NULL DEFAULT 'fair'
    CHECK (ordering IN ('fifo', 'priority', 'fair', 'deadline', 'shortest', 'critical_path'));
-- What a person says goes before rota.yaml until that person takes it back.
ALTER TABLE pool ADD COLUMN origin text NOT NULL DEFAULT 'settings' CHECK (origin IN ('settings', 'operator'));
-- What rota.yaml says; null: nothing.
ALTER TABLE pool ADD COLUMN settings_slots integer CHECK (settings_slots >= 0);
ALTER TABLE pool ADD COLUMN settings_ordering text;
UPDATE pool SET settings_slots = slots, settings_ordering = ordering;
-- Who changed it last, and when.
ALTER TABLE pool ADD COLUMN actor text;
ALTER TABLE pool ADD COLUMN changed_at timestamptz;

-- The place in the queue: the time of queueing, a minute earlier for each point of priority. It does not change while a
-- task waits, so an index holds the order although waiting makes tasks more urgent.
DROP INDEX task_instance_queue;
CREATE INDEX task_instance_queue ON task_instance
    ((queued_at - '2026-01-01 00:00:00+00'::timestamptz - priority * interval '1 minute'), id)
    WHERE state = 'queued' AND attempt_id IS NULL;
CREATE INDEX task_instance_queue_dag ON task_instance
    (dag_id, (queued_at - '2026-01-01 00:00:00+00'::timestamptz - priority * interval '1 minute'), id)
    WHERE state = 'queued' AND attempt_id IS NULL;
CREATE INDEX task_instance_queue_pool ON task_instance (pool, queued_at, id)
    WHERE state = 'queued' AND attempt_id IS NULL AND pool IS NOT NULL;
