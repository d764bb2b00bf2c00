-- The first schema. States are spelled as in the program, the API and the pages.

CREATE TABLE dag (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL UNIQUE,
    state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'retired')),
    paused boolean NOT NULL DEFAULT false,
    version_id bigint,
    -- The file it comes from, relative to the folder.
    path text NOT NULL,
    -- Ticks up to and including this instant have been decided.
    cursor timestamptz NOT NULL,
    -- Wakes the scheduler; the decision itself derives the tick afresh from cursor and timetable.
    next_tick timestamptz,
    first_seen_at timestamptz NOT NULL DEFAULT now(),
    unpaused_at timestamptz,
    missing_since timestamptz,
    retired_at timestamptz,
    CHECK ((state = 'retired') = (retired_at IS NOT NULL))
);

CREATE TABLE dag_version (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id bigint NOT NULL REFERENCES dag,
    number integer NOT NULL CHECK (number >= 1),
    source bytea NOT NULL,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (dag_id, number)
);
ALTER TABLE dag ADD FOREIGN KEY (version_id) REFERENCES dag_version;
CREATE INDEX dag_due ON dag (next_tick) WHERE state = 'active' AND NOT paused AND next_tick IS NOT NULL;

CREATE TABLE dag_file_error (
    path text PRIMARY KEY,
    dag_name text,
    problems jsonb NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

-- The schedule ledger: one row per expected tick, created or skipped with the reason.
CREATE TABLE tick (
    dag_id bigint NOT NULL REFERENCES dag,
    tick_at timestamptz NOT NULL,
    decision text NOT NULL CHECK (decision IN ('created', 'catchup', 'overlap', 'paused', 'calendar', 'shadow')),
    run_id bigint,
    decided_at timestamptz NOT NULL DEFAULT now(),
    tzdata text,
    PRIMARY KEY (dag_id, tick_at),
    CHECK ((decision = 'created') = (run_id IS NOT NULL))
) PARTITION BY RANGE (tick_at);
CREATE TABLE tick_other PARTITION OF tick DEFAULT;

-- Long runs of equal skips. Both ends are ticks and both are skipped.
CREATE TABLE tick_range (
    dag_id bigint NOT NULL REFERENCES dag,
    first_tick timestamptz NOT NULL,
    last_tick timestamptz NOT NULL,
    ticks bigint NOT NULL CHECK (ticks >= 2),
    decision text NOT NULL CHECK (decision IN ('catchup', 'overlap', 'paused', 'calendar', 'shadow')),
    decided_at timestamptz NOT NULL DEFAULT now(),
    tzdata text,
    PRIMARY KEY (dag_id, first_tick),
    CHECK (first_tick < last_tick)
);

CREATE TABLE backfill (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id bigint NOT NULL REFERENCES dag,
    state text NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    rerun text NOT NULL CHECK (rerun IN ('missing', 'failed', 'all')),
    reverse boolean NOT NULL DEFAULT false,
    max_active integer NOT NULL CHECK (max_active >= 1),
    actor text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    CHECK (from_at < to_at)
);

CREATE TABLE dag_run (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id bigint NOT NULL REFERENCES dag,
    version_id bigint NOT NULL REFERENCES dag_version,
    key text NOT NULL,
    type text NOT NULL CHECK (type IN ('scheduled', 'manual', 'backfill', 'event')),
    state text NOT NULL CHECK (state IN ('queued', 'running', 'success', 'failed', 'cancelled')),
    -- A finer word for the state: missed_deadline, timed_out, cancelled_by, ...
    reason text,
    logical_date timestamptz NOT NULL,
    data_interval_start timestamptz NOT NULL,
    data_interval_end timestamptz NOT NULL,
    -- Not before this instant: the tick and its jitter, or the creation.
    run_after timestamptz NOT NULL,
    start_by timestamptz,
    end_by timestamptz,
    params jsonb NOT NULL DEFAULT '{}',
    backfill_id bigint REFERENCES backfill,
    actor text NOT NULL,
    cancel_requested boolean NOT NULL DEFAULT false,
    tasks integer NOT NULL CHECK (tasks >= 0),
    -- Instances that have not ended, and those that ended badly and were not allowed to.
    unfinished integer NOT NULL CHECK (unfinished >= 0),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    UNIQUE (dag_id, key),
    CHECK ((state IN ('success', 'failed', 'cancelled')) = (ended_at IS NOT NULL)),
    CHECK (state <> 'running' OR started_at IS NOT NULL)
);
CREATE INDEX dag_run_live ON dag_run (dag_id, id) WHERE state IN ('queued', 'running');
CREATE INDEX dag_run_recent ON dag_run (dag_id, logical_date DESC, id DESC);
CREATE INDEX dag_run_newest ON dag_run (created_at DESC, id DESC);
CREATE INDEX dag_run_failed ON dag_run (ended_at DESC) WHERE state = 'failed';
CREATE INDEX dag_run_latest_failed ON dag_run (dag_id, logical_date DESC, id DESC) WHERE state = 'failed';
CREATE INDEX dag_run_end_by ON dag_run (end_by) WHERE state = 'running' AND end_by IS NOT NULL AND NOT cancel_requested;
CREATE INDEX dag_run_start_by ON dag_run (start_by) WHERE state = 'queued' AND start_by IS NOT NULL AND NOT cancel_requested;
CREATE INDEX dag_run_waiting ON dag_run (run_after) WHERE state = 'queued';
CREATE INDEX dag_run_backfill ON dag_run (backfill_id) WHERE backfill_id IS NOT NULL;

CREATE TABLE task_instance (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id bigint NOT NULL REFERENCES dag_run ON DELETE CASCADE,
    dag_id bigint NOT NULL,
    task_id text NOT NULL,
    -- The task's place in its version's file; -1 as map index means "not mapped".
    task_index integer NOT NULL,
    map_index integer NOT NULL DEFAULT -1,
    state text NOT NULL CHECK (state IN ('waiting', 'queued', 'running', 'success', 'failed', 'up_for_retry',
        'upstream_failed', 'skipped', 'cancelled', 'removed')),
    reason text,
    -- The live attempt, else null. A queued instance with an attempt is claimed.
    attempt_id uuid,
    attempts integer NOT NULL DEFAULT 0,
    retries_used integer NOT NULL DEFAULT 0,
    losses integer NOT NULL DEFAULT 0,
    retry_at timestamptz,
    cancel_requested boolean NOT NULL DEFAULT false,
    pool text,
    slots integer NOT NULL DEFAULT 1 CHECK (slots >= 1),
    priority integer NOT NULL DEFAULT 0,
    -- A failure counts as success for the run and for what comes after.
    allows_failure boolean NOT NULL DEFAULT false,
    runner text,
    labels text[],
    -- How many direct upstream instances there are, and how many ended in each outcome.
    upstream integer NOT NULL,
    up_success integer NOT NULL DEFAULT 0,
    up_failed integer NOT NULL DEFAULT 0,
    up_upstream_failed integer NOT NULL DEFAULT 0,
    up_skipped integer NOT NULL DEFAULT 0,
    up_cancelled integer NOT NULL DEFAULT 0,
    up_removed integer NOT NULL DEFAULT 0,
    outputs jsonb,
    -- Why a queued instance is not claimed, as last seen by who looked; null: nobody looked yet.
    hold text,
    queued_at timestamptz,
    started_at timestamptz,
    ended_at timestamptz,
    UNIQUE (run_id, task_index, map_index),
    CHECK ((state = 'up_for_retry') = (retry_at IS NOT NULL)),
    CHECK (up_success + up_failed + up_upstream_failed + up_skipped + up_cancelled + up_removed <= upstream),
    CHECK ((state IN ('success', 'failed', 'upstream_failed', 'skipped', 'cancelled', 'removed')) = (ended_at IS NOT NULL))
) WITH (fillfactor = 70);
CREATE INDEX task_instance_queue ON task_instance (priority DESC, id) WHERE state = 'queued' AND attempt_id IS NULL;
CREATE INDEX task_instance_retry ON task_instance (retry_at) WHERE state = 'up_for_retry';
CREATE INDEX task_instance_bad ON task_instance (ended_at DESC) WHERE state = 'failed';

CREATE TABLE attempt (
    id uuid PRIMARY KEY,
    task_instance_id bigint NOT NULL REFERENCES task_instance ON DELETE CASCADE,
    run_id bigint NOT NULL,
    dag_id bigint NOT NULL,
    number integer NOT NULL CHECK (number >= 1),
    state text NOT NULL CHECK (state IN ('intended', 'running', 'unreachable', 'cancelling', 'success', 'failed',
        'skipped', 'timed_out', 'cancelled', 'lost', 'unknown', 'never_started')),
    reason text,
    runner text NOT NULL,
    -- The lease of that runner under which the intent was written.
    fence bigint NOT NULL,
    boot_id text,
    directory_id text,
    pool text,
    slots integer NOT NULL,
    cancel_requested boolean NOT NULL DEFAULT false,
    process_id integer,
    intended_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    ended_at timestamptz,
    -- By the runner's monotonic clock.
    duration_us bigint,
    exit_code integer,
    signal integer,
    cpu_us bigint,
    peak_memory bigint,
    note text,
    log_bytes bigint NOT NULL DEFAULT 0,
    log_lines bigint NOT NULL DEFAULT 0,
    -- Whole: every byte the runner counted is stored.
    log_sealed boolean NOT NULL DEFAULT false,
    -- The line that most likely tells why it failed: its number (from 1), its text, and the rule that chose it.
    cause_line bigint,
    cause_text text,
    cause_rule text,
    UNIQUE (task_instance_id, number),
    CHECK ((state IN ('intended', 'running', 'unreachable', 'cancelling')) = (ended_at IS NULL))
) WITH (fillfactor = 70);
CREATE INDEX attempt_live ON attempt (runner) WHERE ended_at IS NULL;
CREATE INDEX attempt_live_dag ON attempt (dag_id) WHERE ended_at IS NULL;
CREATE INDEX attempt_live_pool ON attempt (pool) WHERE ended_at IS NULL AND pool IS NOT NULL;

-- Attempt ids are ordered by time, so ranges of them are ranges of time.
CREATE TABLE attempt_log (
    attempt_id uuid NOT NULL,
    start_byte bigint NOT NULL,
    -- The number of the line that the first byte belongs to (from 1), and how many line ends the bytes hold.
    first_line bigint NOT NULL,
    line_ends integer NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    bytes bytea COMPRESSION lz4 NOT NULL CHECK (octet_length(bytes) BETWEEN 1 AND 262144),
    PRIMARY KEY (attempt_id, start_byte)
) PARTITION BY RANGE (attempt_id);
CREATE TABLE attempt_log_other PARTITION OF attempt_log DEFAULT;
CREATE INDEX attempt_log_line ON attempt_log (attempt_id, first_line, start_byte);

-- What happened to runs, task instances and attempts, and who did it; only ever added to.
CREATE TABLE transition (
    id bigint GENERATED ALWAYS AS IDENTITY,
    at timestamptz NOT NULL DEFAULT now(),
    run_id bigint NOT NULL,
    task_instance_id bigint,
    attempt_id uuid,
    old_state text,
    new_state text NOT NULL,
    actor text NOT NULL,
    reason text,
    PRIMARY KEY (id, at)
) PARTITION BY RANGE (at);
CREATE TABLE transition_other PARTITION OF transition DEFAULT;
CREATE INDEX transition_run ON transition (run_id);

CREATE TABLE pool (
    name text PRIMARY KEY,
    slots integer NOT NULL CHECK (slots >= 0)
);

CREATE TABLE runner (
    name text PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('local', 'http', 'ssh', 'requests')),
    address text,
    labels text[] NOT NULL DEFAULT '{}',
    slots integer NOT NULL CHECK (slots >= 0),
    state text NOT NULL DEFAULT 'unreachable' CHECK (state IN ('online', 'unreachable', 'held')),
    reason text,
    directory_id text,
    boot_id text,
    host_name text,
    version text,
    last_contact timestamptz,
    registered_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE lease (
    name text PRIMARY KEY,
    holder text NOT NULL,
    -- Grows with every change of holder; writers carry it.
    fence bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

-- At most one row: no schedule is decided until a person says that the clock is right.
CREATE TABLE schedule_halt (
    is_halted boolean PRIMARY KEY DEFAULT true CHECK (is_halted),
    at timestamptz NOT NULL,
    jump_us bigint NOT NULL
);

CREATE TABLE server (
    id text PRIMARY KEY,
    host text NOT NULL,
    version text NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    last_seen timestamptz NOT NULL DEFAULT now()
);

-- Answers to repeated requests; of its own, so that pruning runs does not make an old key act again.
CREATE TABLE idempotency (
    key text PRIMARY KEY,
    run_id bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    last_used_at timestamptz,
    revoked_at timestamptz
);
CREATE UNIQUE INDEX token_name ON token (name) WHERE revoked_at IS NULL;

CREATE TABLE login_link (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);

CREATE TABLE session (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

-- Must be empty: what the counts of dependencies say against a recount. It knows needs only through the instances
-- that the program wrote, so the recount itself is done by the program (`rota db check`).
CREATE VIEW check_run_counts AS
SELECT r.id, r.unfinished, count(*) FILTER (WHERE t.ended_at IS NULL) AS counted
FROM dag_run r LEFT JOIN task_instance t ON t.run_id = r.id
GROUP BY r.id
HAVING r.unfinished <> count(*) FILTER (WHERE t.ended_at IS NULL);

CREATE VIEW check_tick_overlap AS
SELECT t.dag_id, t.tick_at FROM tick t JOIN tick_range g
    ON g.dag_id = t.dag_id AND t.tick_at BETWEEN g.first_tick AND g.last_tick;
