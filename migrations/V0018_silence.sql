-- What becomes of an attempt whose runner falls silent.

-- After how long a silence it is over, which its runner sees to by ending it before; null: never.
ALTER TABLE attempt ADD COLUMN silence_limit_us bigint;
-- When it was last found to be unreachable.
ALTER TABLE attempt ADD COLUMN unreachable_at timestamptz;
CREATE INDEX attempt_silent ON attempt (id)
    WHERE ended_at IS NULL AND state = 'unreachable' AND silence_limit_us IS NOT NULL;
