-- What people asked for, and why: a row for each word of an operator; only ever added to.
CREATE TABLE deed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    dag_id bigint NOT NULL REFERENCES dag,
    -- Null: it was about the DAG.
    run_id bigint REFERENCES dag_run ON DELETE CASCADE,
    verb text NOT NULL CHECK (verb IN ('clear', 'mark', 'cancel', 'rerun', 'pause', 'unpause')),
    -- The tasks that were named; null: the whole run, or the DAG.
    subject text,
    -- How many task instances were meant; null: it was not about tasks.
    tasks integer CHECK (tasks >= 0),
    detail jsonb NOT NULL DEFAULT '{}',
    actor text NOT NULL,
    reason text,
    CHECK ((run_id IS NULL) = (verb IN ('pause', 'unpause')))
);
CREATE INDEX deed_run ON deed (run_id, id) WHERE run_id IS NOT NULL;
CREATE INDEX deed_dag ON deed (dag_id, id) WHERE run_id IS NULL;

-- Forms that were sent, so that one that is sent twice acts once. In the transaction of what the form asked for.
CREATE TABLE form_use (
    key text PRIMARY KEY,
    -- What it made, such as the number of a backfill; null: nothing that has a name.
    result text,
    used_at timestamptz NOT NULL DEFAULT now()
);

-- The version that an attempt ran under, where its run has moved on to another since; null: that of its run.
ALTER TABLE attempt ADD version_id bigint;
