-- A version of a DAG keeps the calendars that it was made with: a JSON object of their files' texts, by name.
ALTER TABLE dag_version ADD COLUMN calendars jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(calendars) = 'object');

-- The next tick that the calendar lets run, for people; `next_tick` is what wakes the scheduler.
ALTER TABLE dag ADD COLUMN next_run timestamptz;
UPDATE dag SET next_run = next_tick;
