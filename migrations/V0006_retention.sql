-- What is removed when it is old, and what must be known about that.

-- Whether the runners were told to remove the run's folders.
ALTER TABLE dag_run ADD COLUMN folders_removed boolean NOT NULL DEFAULT false;
CREATE INDEX dag_run_ended ON dag_run (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX dag_run_folders ON dag_run (ended_at) WHERE ended_at IS NOT NULL AND NOT folders_removed;

-- Folders of runs that a runner is still to remove. The run itself may be gone.
CREATE TABLE run_folder (
    runner text NOT NULL,
    run_id bigint NOT NULL,
    name text NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (runner, run_id)
);

-- At most one row: how far retention has got.
CREATE TABLE retention (
    is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
    -- Runs that ended before this are gone; null: none was ever removed.
    runs_before timestamptz,
    -- Logs of attempts that ended before this are gone.
    logs_before timestamptz,
    finished_at timestamptz
);
