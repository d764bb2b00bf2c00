-- What runners tell of themselves, whether they take anything new, and who joined by themselves.
ALTER TABLE runner
    -- Load average of the last minute for each processor; null: it does not tell.
    ADD load double precision CHECK (load >= 0),
    -- Memory that could be given out, as a part of all.
    ADD memory_free double precision CHECK (memory_free BETWEEN 0 AND 1),
    -- What the runner's own command measured.
    ADD measure double precision,
    -- When these figures came.
    ADD heartbeat_at timestamptz,
    -- Since when it takes nothing new, by whose word; null: it takes what fits.
    ADD drained_at timestamptz,
    ADD drained_by text,
    ADD drain_reason text,
    ADD CHECK ((drained_at IS NULL) = (drained_by IS NULL)),
    ADD CHECK (drain_reason IS NULL OR drained_at IS NOT NULL);

-- Words by which hosts join; shown once, kept as their SHA-256.
CREATE TABLE join_token (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name text NOT NULL,
    hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT now(),
    created_by text NOT NULL,
    expires_at timestamptz NOT NULL,
    uses integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    -- Null: as often as one likes.
    most_uses integer CHECK (most_uses > 0),
    revoked_at timestamptz
);
CREATE UNIQUE INDEX join_token_name ON join_token (name) WHERE revoked_at IS NULL;

-- Runners that dial the servers, rather than being named in rota.yaml.
CREATE TABLE joined_runner (
    name text PRIMARY KEY REFERENCES runner ON DELETE CASCADE,
    -- The state directory that joined; no other may use the name.
    directory_id text NOT NULL,
    -- SHA-256 of what it shows when it dials.
    credential bytea NOT NULL,
    joined_at timestamptz NOT NULL DEFAULT now(),
    token_id bigint REFERENCES join_token
);

-- What happened to runners by somebody's word; only ever added to.
CREATE TABLE runner_deed (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    runner text NOT NULL,
    verb text NOT NULL CHECK (verb IN ('join', 'drain', 'resume', 'remove')),
    -- How many attempts were on it then.
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    actor text NOT NULL,
    reason text
);
CREATE INDEX runner_deed_runner ON runner_deed (runner, id);
