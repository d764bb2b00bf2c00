-- A backfill makes its runs bit by bit, with the version it was asked for: how far it has come, and what is left.
ALTER TABLE backfill
    ADD COLUMN version_id bigint REFERENCES dag_version,
    -- The tick to go on from, upwards or, in reverse, downwards; null: every run is made.
    ADD COLUMN next_at timestamptz,
    -- How many runs are still to be made, as planned.
    ADD COLUMN unmade integer NOT NULL DEFAULT 0 CHECK (unmade >= 0),
    ADD CHECK (next_at IS NULL OR version_id IS NOT NULL);
CREATE INDEX backfill_unmade ON backfill (id) WHERE next_at IS NOT NULL;
