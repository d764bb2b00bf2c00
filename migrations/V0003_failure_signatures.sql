-- One row for each sort of failure: attempts that ended alike and said the same, of whatever task, run or DAG.
CREATE TABLE signature (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- SHA-256 of the text that all of its failures share and no others.
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    state text NOT NULL CHECK (state IN ('failed', 'timed_out', 'lost', 'unknown')),
    exit_code integer,
    signal integer,
    -- The task or runner that stands in where the words do not tell enough; else empty.
    subject text NOT NULL,
    -- The line that tells the cause, with placeholders for what differs from one failure to the next.
    template text NOT NULL,
    -- That line as the newest failure has it.
    sample text NOT NULL,
    first_seen timestamptz NOT NULL,
    last_seen timestamptz NOT NULL,
    -- How many attempts ended so, those included that were pruned since.
    failures bigint NOT NULL CHECK (failures >= 1)
) WITH (fillfactor = 70);
CREATE INDEX signature_recent ON signature (last_seen DESC, id DESC);

-- Null for what did not fail, and for what failed before this was kept.
ALTER TABLE attempt ADD COLUMN signature_id bigint REFERENCES signature;
-- Attempt ids are ordered by time.
CREATE INDEX attempt_signature ON attempt (signature_id, id DESC) WHERE signature_id IS NOT NULL;
