-- What was seen in a piece while it was stored: lines that tell of errors, and where groups of lines begin and end, as
-- [[line, kind, text], ...]. Null: nothing.
ALTER TABLE attempt_log ADD COLUMN marks jsonb;
CREATE INDEX attempt_log_marks ON attempt_log (attempt_id, start_byte) WHERE marks IS NOT NULL;
-- How many bytes the runner counted when the attempt ended; null: not told yet.
ALTER TABLE attempt ADD COLUMN log_length bigint;
