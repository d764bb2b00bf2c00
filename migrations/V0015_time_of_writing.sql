-- now() is when a transaction began. One that waited for a lock would date what it writes before what it waited for,
-- and a run before the tick that it decided about after the wait.
ALTER TABLE dag_run ALTER COLUMN created_at SET DEFAULT clock_timestamp();
ALTER TABLE tick ALTER COLUMN decided_at SET DEFAULT clock_timestamp();
ALTER TABLE tick_range ALTER COLUMN decided_at SET DEFAULT clock_timestamp();
ALTER TABLE attempt ALTER COLUMN intended_at SET DEFAULT clock_timestamp();
ALTER TABLE transition ALTER COLUMN at SET DEFAULT clock_timestamp();
