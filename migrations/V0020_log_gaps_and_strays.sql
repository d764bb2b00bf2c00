-- What the cap of a log left out of its middle: from where, up to where, and how many line ends were in it; the number
-- is null where the bytes went unread. All null: nothing was left out.
ALTER TABLE attempt ADD COLUMN log_gap_start bigint;
ALTER TABLE attempt ADD COLUMN log_gap_end bigint;
ALTER TABLE attempt ADD COLUMN log_gap_lines bigint;

ALTER TABLE runner_deed DROP CONSTRAINT runner_deed_verb_check,
    ADD CHECK (verb IN ('join', 'drain', 'resume', 'remove', 'reap'));

-- Processes on a runner that outlived their attempts, as its keeper last listed them.
CREATE TABLE runner_stray (
    runner text NOT NULL REFERENCES runner (name) ON DELETE CASCADE,
    process_id integer NOT NULL,
    name text NOT NULL,
    -- The attempt it came from, where that can be told; its row may be gone by now.
    attempt_id uuid,
    seen_at timestamptz NOT NULL DEFAULT now(),
    -- Set once somebody asked for its end.
    reap_requested_at timestamptz,
    PRIMARY KEY (runner, process_id)
);
