-- Since when something waits, and what holds back many at once: told once, on what is full.

ALTER TABLE task_instance ADD COLUMN hold_at timestamptz;
ALTER TABLE dag_run ADD COLUMN hold text;
ALTER TABLE dag_run ADD COLUMN hold_at timestamptz;
ALTER TABLE pool ADD COLUMN full_since timestamptz;
ALTER TABLE runner ADD COLUMN full_since timestamptz;
-- Since when as many of its tasks run as may.
ALTER TABLE dag ADD COLUMN tasks_full_since timestamptz;
ALTER TABLE dag ADD COLUMN paused_at timestamptz;
-- Which parts of the program a server runs.
ALTER TABLE server ADD COLUMN roles text[] NOT NULL DEFAULT '{}';
