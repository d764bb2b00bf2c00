-- What people are told of: failures of one sort within a run, once. A row is written with the failure itself, so that it
-- is told whoever dies; it waits for a server to send it on until dispatched_at is set.
CREATE TABLE incident (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- Short, for links.
    code text NOT NULL UNIQUE DEFAULT encode(substring(uuid_send(gen_random_uuid()) FROM 1 FOR 5), 'hex'),
    dag_id bigint NOT NULL REFERENCES dag,
    run_id bigint NOT NULL REFERENCES dag_run ON DELETE CASCADE,
    signature_id bigint REFERENCES signature ON DELETE SET NULL,
    -- The first of its failures; null where the run itself failed.
    task_instance_id bigint,
    attempt_id uuid,
    -- What is known where no attempt failed: missed_deadline, timed_out, or why a task could not start.
    reason text,
    -- How many instances failed so.
    tasks integer NOT NULL DEFAULT 1 CHECK (tasks >= 1),
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    dispatched_at timestamptz,
    -- The mute that kept it from being told.
    mute_id bigint,
    acknowledged_at timestamptz,
    acknowledged_by text,
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    UNIQUE NULLS NOT DISTINCT (run_id, signature_id)
);
CREATE INDEX incident_outbox ON incident (id) WHERE dispatched_at IS NULL;
CREATE INDEX incident_open ON incident (id DESC) WHERE acknowledged_at IS NULL;
CREATE INDEX incident_signature ON incident (signature_id) WHERE signature_id IS NOT NULL;

-- One message to one of those whom rota.yaml names.
CREATE TABLE delivery (
    incident_id bigint NOT NULL REFERENCES incident ON DELETE CASCADE,
    target text NOT NULL,
    tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
    -- Null: it was taken, or nobody tries any more.
    next_try_at timestamptz DEFAULT clock_timestamp(),
    delivered_at timestamptz,
    -- Why the last try failed.
    error text,
    PRIMARY KEY (incident_id, target),
    CHECK (delivered_at IS NULL OR next_try_at IS NULL)
);
CREATE INDEX delivery_due ON delivery (next_try_at) WHERE next_try_at IS NOT NULL;

-- Nobody is told of one cause, or of one DAG, for a while.
CREATE TABLE mute (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    dag_id bigint REFERENCES dag,
    signature_id bigint REFERENCES signature ON DELETE CASCADE,
    until_at timestamptz NOT NULL,
    reason text,
    actor text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (num_nonnulls(dag_id, signature_id) = 1)
);
CREATE INDEX mute_until ON mute (until_at);
