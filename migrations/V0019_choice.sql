-- Which runner takes a task.

ALTER TABLE runner
    -- Slots that only tasks of this priority and above may take.
    ADD reserved_slots integer CHECK (reserved_slots > 0),
    ADD reserved_priority integer,
    -- Since when it takes nothing more because its host is too busy, and what is too much there.
    ADD busy_since timestamptz,
    ADD busy_reason text,
    ADD CONSTRAINT runner_reserved CHECK ((reserved_slots IS NULL) = (reserved_priority IS NULL)),
    ADD CONSTRAINT runner_busy CHECK ((busy_since IS NULL) = (busy_reason IS NULL));

ALTER TABLE pool
    -- By which of the runners that fit its tasks are spread; null: whoever comes takes them.
    ADD placement text CHECK (placement IN ('least_loaded', 'round_robin', 'packed')),
    -- Who took the last of them.
    ADD last_runner text;

-- Priorities that have names, and after how long a wait a task of theirs is missed.
CREATE TABLE priority_class (
    name text PRIMARY KEY,
    priority integer NOT NULL,
    grace_us bigint CHECK (grace_us > 0)
);
ALTER TABLE task_instance ADD priority_class text;
CREATE INDEX task_instance_graced ON task_instance (priority_class, queued_at)
    WHERE state = 'queued' AND attempt_id IS NULL AND priority_class IS NOT NULL;
