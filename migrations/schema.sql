column attempt.boot_id text
column attempt.cancel_requested boolean NOT NULL DEFAULT false
column attempt.cause_line bigint
column attempt.cause_rule text
column attempt.cause_text text
column attempt.cpu_us bigint
column attempt.dag_id bigint NOT NULL
column attempt.directory_id text
column attempt.duration_us bigint
column attempt.ended_at timestamp with time zone
column attempt.exit_code integer
column attempt.fence bigint NOT NULL
column attempt.id uuid NOT NULL
column attempt.intended_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column attempt.log_bytes bigint NOT NULL DEFAULT 0
column attempt.log_gap_end bigint
column attempt.log_gap_lines bigint
column attempt.log_gap_start bigint
column attempt.log_length bigint
column attempt.log_lines bigint NOT NULL DEFAULT 0
column attempt.log_sealed boolean NOT NULL DEFAULT false
column attempt.note text
column attempt.number integer NOT NULL
column attempt.peak_memory bigint
column attempt.pool text
column attempt.process_id integer
column attempt.reason text
column attempt.run_id bigint NOT NULL
column attempt.runner text NOT NULL
column attempt.signal integer
column attempt.signature_id bigint
column attempt.silence_limit_us bigint
column attempt.slots integer NOT NULL
column attempt.started_at timestamp with time zone
column attempt.state text NOT NULL
column attempt.task_instance_id bigint NOT NULL
column attempt.unreachable_at timestamp with time zone
column attempt.version_id bigint
column attempt_log.at timestamp with time zone NOT NULL DEFAULT now()
column attempt_log.attempt_id uuid NOT NULL
column attempt_log.bytes bytea NOT NULL
column attempt_log.first_line bigint NOT NULL
column attempt_log.line_ends integer NOT NULL
column attempt_log.marks jsonb
column attempt_log.start_byte bigint NOT NULL
column attempt_log_other.at timestamp with time zone NOT NULL DEFAULT now()
column attempt_log_other.attempt_id uuid NOT NULL
column attempt_log_other.bytes bytea NOT NULL
column attempt_log_other.first_line bigint NOT NULL
column attempt_log_other.line_ends integer NOT NULL
column attempt_log_other.marks jsonb
column attempt_log_other.start_byte bigint NOT NULL
column backfill.actor text NOT NULL
column backfill.created_at timestamp with time zone NOT NULL DEFAULT now()
column backfill.dag_id bigint NOT NULL
column backfill.ended_at timestamp with time zone
column backfill.from_at timestamp with time zone NOT NULL
column backfill.id bigint NOT NULL
column backfill.max_active integer NOT NULL
column backfill.next_at timestamp with time zone
column backfill.reason text
column backfill.rerun text NOT NULL
column backfill.reverse boolean NOT NULL DEFAULT false
column backfill.state text NOT NULL
column backfill.to_at timestamp with time zone NOT NULL
column backfill.unmade integer NOT NULL DEFAULT 0
column backfill.version_id bigint
column dag.cursor timestamp with time zone NOT NULL
column dag.first_seen_at timestamp with time zone NOT NULL DEFAULT now()
column dag.id bigint NOT NULL
column dag.missing_since timestamp with time zone
column dag.name text NOT NULL
column dag.next_run timestamp with time zone
column dag.next_tick timestamp with time zone
column dag.path text NOT NULL
column dag.paused boolean NOT NULL DEFAULT false
column dag.paused_at timestamp with time zone
column dag.retired_at timestamp with time zone
column dag.state text NOT NULL DEFAULT 'active'::text
column dag.tasks_full_since timestamp with time zone
column dag.unpaused_at timestamp with time zone
column dag.version_id bigint
column dag_file_error.dag_name text
column dag_file_error.path text NOT NULL
column dag_file_error.problems jsonb NOT NULL
column dag_file_error.seen_at timestamp with time zone NOT NULL DEFAULT now()
column dag_run.actor text NOT NULL
column dag_run.backfill_id bigint
column dag_run.cancel_requested boolean NOT NULL DEFAULT false
column dag_run.created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column dag_run.dag_id bigint NOT NULL
column dag_run.data_interval_end timestamp with time zone NOT NULL
column dag_run.data_interval_start timestamp with time zone NOT NULL
column dag_run.end_by timestamp with time zone
column dag_run.ended_at timestamp with time zone
column dag_run.failures integer NOT NULL DEFAULT 0
column dag_run.folders_removed boolean NOT NULL DEFAULT false
column dag_run.hold text
column dag_run.hold_at timestamp with time zone
column dag_run.id bigint NOT NULL
column dag_run.is_catchup boolean NOT NULL DEFAULT false
column dag_run.key text NOT NULL
column dag_run.logical_date timestamp with time zone NOT NULL
column dag_run.params jsonb NOT NULL DEFAULT '{}'::jsonb
column dag_run.reason text
column dag_run.rest_from timestamp with time zone
column dag_run.rested_us bigint NOT NULL DEFAULT 0
column dag_run.run_after timestamp with time zone NOT NULL
column dag_run.start_by timestamp with time zone
column dag_run.started_at timestamp with time zone
column dag_run.state text NOT NULL
column dag_run.tasks integer NOT NULL
column dag_run.type text NOT NULL
column dag_run.unfinished integer NOT NULL
column dag_run.version_id bigint NOT NULL
column dag_version.calendars jsonb NOT NULL DEFAULT '{}'::jsonb
column dag_version.created_at timestamp with time zone NOT NULL DEFAULT now()
column dag_version.dag_id bigint NOT NULL
column dag_version.hash bytea NOT NULL
column dag_version.id bigint NOT NULL
column dag_version.number integer NOT NULL
column dag_version.source bytea NOT NULL
column deed.actor text NOT NULL
column deed.at timestamp with time zone NOT NULL DEFAULT now()
column deed.dag_id bigint NOT NULL
column deed.detail jsonb NOT NULL DEFAULT '{}'::jsonb
column deed.id bigint NOT NULL
column deed.reason text
column deed.run_id bigint
column deed.subject text
column deed.tasks integer
column deed.verb text NOT NULL
column delivery.delivered_at timestamp with time zone
column delivery.error text
column delivery.incident_id bigint NOT NULL
column delivery.next_try_at timestamp with time zone DEFAULT clock_timestamp()
column delivery.target text NOT NULL
column delivery.tries integer NOT NULL DEFAULT 0
column form_use.key text NOT NULL
column form_use.result text
column form_use.used_at timestamp with time zone NOT NULL DEFAULT now()
column idempotency.created_at timestamp with time zone NOT NULL DEFAULT now()
column idempotency.key text NOT NULL
column idempotency.run_id bigint NOT NULL
column incident.acknowledged_at timestamp with time zone
column incident.acknowledged_by text
column incident.at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column incident.attempt_id uuid
column incident.code text NOT NULL DEFAULT encode(SUBSTRING(uuid_send(gen_random_uuid()) FROM 1 FOR 5), 'hex'::text)
column incident.dag_id bigint NOT NULL
column incident.dispatched_at timestamp with time zone
column incident.id bigint NOT NULL
column incident.mute_id bigint
column incident.reason text
column incident.resolved_at timestamp with time zone
column incident.resolved_run_id bigint
column incident.run_id bigint NOT NULL
column incident.signature_id bigint
column incident.task_instance_id bigint
column incident.tasks integer NOT NULL DEFAULT 1
column join_token.created_at timestamp with time zone NOT NULL DEFAULT now()
column join_token.created_by text NOT NULL
column join_token.expires_at timestamp with time zone NOT NULL
column join_token.hash bytea NOT NULL
column join_token.id bigint NOT NULL
column join_token.most_uses integer
column join_token.name text NOT NULL
column join_token.revoked_at timestamp with time zone
column join_token.uses integer NOT NULL DEFAULT 0
column joined_runner.credential bytea NOT NULL
column joined_runner.directory_id text NOT NULL
column joined_runner.joined_at timestamp with time zone NOT NULL DEFAULT now()
column joined_runner.name text NOT NULL
column joined_runner.token_id bigint
column lease.expires_at timestamp with time zone NOT NULL
column lease.fence bigint NOT NULL
column lease.holder text NOT NULL
column lease.name text NOT NULL
column login_link.created_at timestamp with time zone NOT NULL DEFAULT now()
column login_link.expires_at timestamp with time zone NOT NULL
column login_link.hash bytea NOT NULL
column login_link.used_at timestamp with time zone
column mute.actor text NOT NULL
column mute.created_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column mute.dag_id bigint
column mute.id bigint NOT NULL
column mute.reason text
column mute.signature_id bigint
column mute.until_at timestamp with time zone NOT NULL
column pool.actor text
column pool.changed_at timestamp with time zone
column pool.full_since timestamp with time zone
column pool.last_runner text
column pool.name text NOT NULL
column pool.ordering text NOT NULL DEFAULT 'fair'::text
column pool.origin text NOT NULL DEFAULT 'settings'::text
column pool.placement text
column pool.settings_ordering text
column pool.settings_slots integer
column pool.slots integer NOT NULL
column priority_class.grace_us bigint
column priority_class.name text NOT NULL
column priority_class.priority integer NOT NULL
column retention.finished_at timestamp with time zone
column retention.is_only boolean NOT NULL DEFAULT true
column retention.logs_before timestamp with time zone
column retention.runs_before timestamp with time zone
column run_folder.name text NOT NULL
column run_folder.noted_at timestamp with time zone NOT NULL DEFAULT now()
column run_folder.run_id bigint NOT NULL
column run_folder.runner text NOT NULL
column run_outcome.dag_id bigint NOT NULL
column run_outcome.id bigint NOT NULL
column run_outcome.is_folded boolean NOT NULL DEFAULT false
column run_outcome.runs integer NOT NULL
column run_outcome.slot timestamp with time zone NOT NULL
column run_outcome.state text NOT NULL
column runner.address text
column runner.alive_at timestamp with time zone
column runner.boot_id text
column runner.busy_reason text
column runner.busy_since timestamp with time zone
column runner.copy_at timestamp with time zone
column runner.copy_reason text
column runner.directory_id text
column runner.drain_reason text
column runner.drained_at timestamp with time zone
column runner.drained_by text
column runner.full_since timestamp with time zone
column runner.heartbeat_at timestamp with time zone
column runner.host_name text
column runner.kind text NOT NULL
column runner.labels text[] NOT NULL DEFAULT '{}'::text[]
column runner.last_contact timestamp with time zone
column runner.least_memory_free double precision
column runner.limit_margin double precision
column runner.load double precision
column runner.measure double precision
column runner.memory_free double precision
column runner.most_load double precision
column runner.most_measure double precision
column runner.name text NOT NULL
column runner.reason text
column runner.registered_at timestamp with time zone NOT NULL DEFAULT now()
column runner.reserved_priority integer
column runner.reserved_slots integer
column runner.slots integer NOT NULL
column runner.state text NOT NULL DEFAULT 'unreachable'::text
column runner.version text
column runner_deed.actor text NOT NULL
column runner_deed.at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column runner_deed.attempts integer NOT NULL DEFAULT 0
column runner_deed.id bigint NOT NULL
column runner_deed.reason text
column runner_deed.runner text NOT NULL
column runner_deed.verb text NOT NULL
column runner_stray.attempt_id uuid
column runner_stray.name text NOT NULL
column runner_stray.process_id integer NOT NULL
column runner_stray.reap_requested_at timestamp with time zone
column runner_stray.runner text NOT NULL
column runner_stray.seen_at timestamp with time zone NOT NULL DEFAULT now()
column schedule_halt.at timestamp with time zone NOT NULL
column schedule_halt.is_halted boolean NOT NULL DEFAULT true
column schedule_halt.jump_us bigint NOT NULL
column schema_migration.applied_at timestamp with time zone NOT NULL DEFAULT now()
column schema_migration.hash bytea NOT NULL
column schema_migration.name text NOT NULL
column schema_migration.number integer NOT NULL
column server.host text NOT NULL
column server.id text NOT NULL
column server.last_seen timestamp with time zone NOT NULL DEFAULT now()
column server.roles text[] NOT NULL DEFAULT '{}'::text[]
column server.skew_us bigint
column server.started_at timestamp with time zone NOT NULL DEFAULT now()
column server.version text NOT NULL
column session.created_at timestamp with time zone NOT NULL DEFAULT now()
column session.expires_at timestamp with time zone NOT NULL
column session.hash bytea NOT NULL
column signature.exit_code integer
column signature.failures bigint NOT NULL
column signature.first_seen timestamp with time zone NOT NULL
column signature.hash bytea NOT NULL
column signature.id bigint NOT NULL
column signature.last_seen timestamp with time zone NOT NULL
column signature.sample text NOT NULL
column signature.signal integer
column signature.state text NOT NULL
column signature.subject text NOT NULL
column signature.template text NOT NULL
column task_instance.allows_failure boolean NOT NULL DEFAULT false
column task_instance.attempt_id uuid
column task_instance.attempts integer NOT NULL DEFAULT 0
column task_instance.cancel_requested boolean NOT NULL DEFAULT false
column task_instance.dag_id bigint NOT NULL
column task_instance.ended_at timestamp with time zone
column task_instance.hold text
column task_instance.hold_at timestamp with time zone
column task_instance.id bigint NOT NULL
column task_instance.item json
column task_instance.labels text[]
column task_instance.losses integer NOT NULL DEFAULT 0
column task_instance.map_index integer NOT NULL DEFAULT '-1'::integer
column task_instance.outputs jsonb
column task_instance.pool text
column task_instance.priority integer NOT NULL DEFAULT 0
column task_instance.priority_class text
column task_instance.queued_at timestamp with time zone
column task_instance.reason text
column task_instance.retries_used integer NOT NULL DEFAULT 0
column task_instance.retry_at timestamp with time zone
column task_instance.run_id bigint NOT NULL
column task_instance.runner text
column task_instance.slots integer NOT NULL DEFAULT 1
column task_instance.started_at timestamp with time zone
column task_instance.state text NOT NULL
column task_instance.task_id text NOT NULL
column task_instance.task_index integer NOT NULL
column task_instance.up_cancelled integer NOT NULL DEFAULT 0
column task_instance.up_failed integer NOT NULL DEFAULT 0
column task_instance.up_removed integer NOT NULL DEFAULT 0
column task_instance.up_skipped integer NOT NULL DEFAULT 0
column task_instance.up_success integer NOT NULL DEFAULT 0
column task_instance.up_upstream_failed integer NOT NULL DEFAULT 0
column task_instance.upstream integer NOT NULL
column tick.dag_id bigint NOT NULL
column tick.decided_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column tick.decision text NOT NULL
column tick.run_id bigint
column tick.tick_at timestamp with time zone NOT NULL
column tick.tzdata text
column tick_other.dag_id bigint NOT NULL
column tick_other.decided_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column tick_other.decision text NOT NULL
column tick_other.run_id bigint
column tick_other.tick_at timestamp with time zone NOT NULL
column tick_other.tzdata text
column tick_range.dag_id bigint NOT NULL
column tick_range.decided_at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column tick_range.decision text NOT NULL
column tick_range.first_tick timestamp with time zone NOT NULL
column tick_range.last_tick timestamp with time zone NOT NULL
column tick_range.ticks bigint NOT NULL
column tick_range.tzdata text
column token.created_at timestamp with time zone NOT NULL DEFAULT now()
column token.hash bytea NOT NULL
column token.id bigint NOT NULL
column token.last_used_at timestamp with time zone
column token.name text NOT NULL
column token.revoked_at timestamp with time zone
column transition.actor text NOT NULL
column transition.at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column transition.attempt_id uuid
column transition.id bigint NOT NULL
column transition.new_state text NOT NULL
column transition.old_state text
column transition.reason text
column transition.run_id bigint NOT NULL
column transition.task_instance_id bigint
column transition_other.actor text NOT NULL
column transition_other.at timestamp with time zone NOT NULL DEFAULT clock_timestamp()
column transition_other.attempt_id uuid
column transition_other.id bigint NOT NULL
column transition_other.new_state text NOT NULL
column transition_other.old_state text
column transition_other.reason text
column transition_other.run_id bigint NOT NULL
column transition_other.task_instance_id bigint
constraint attempt attempt_check CHECK (((state = ANY (ARRAY['intended'::text, 'running'::text, 'unreachable'::text, 'cancelling'::text])) = (ended_at IS NULL)))
constraint attempt attempt_number_check CHECK ((number >= 1))
constraint attempt attempt_pkey PRIMARY KEY (id)
constraint attempt attempt_signature_id_fkey FOREIGN KEY (signature_id) REFERENCES signature(id)
constraint attempt attempt_state_check CHECK ((state = ANY (ARRAY['intended'::text, 'running'::text, 'unreachable'::text, 'cancelling'::text, 'success'::text, 'failed'::text, 'skipped'::text, 'timed_out'::text, 'cancelled'::text, 'lost'::text, 'unknown'::text, 'never_started'::text])))
constraint attempt attempt_task_instance_id_fkey FOREIGN KEY (task_instance_id) REFERENCES task_instance(id) ON DELETE CASCADE
constraint attempt attempt_task_instance_id_number_key UNIQUE (task_instance_id, number)
constraint attempt_log attempt_log_bytes_check CHECK (((octet_length(bytes) >= 1) AND (octet_length(bytes) <= 262144)))
constraint attempt_log attempt_log_pkey PRIMARY KEY (attempt_id, start_byte)
constraint attempt_log_other attempt_log_bytes_check CHECK (((octet_length(bytes) >= 1) AND (octet_length(bytes) <= 262144)))
constraint attempt_log_other attempt_log_other_pkey PRIMARY KEY (attempt_id, start_byte)
constraint backfill backfill_check CHECK ((from_at < to_at))
constraint backfill backfill_check1 CHECK (((next_at IS NULL) OR (version_id IS NOT NULL)))
constraint backfill backfill_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint backfill backfill_max_active_check CHECK ((max_active >= 1))
constraint backfill backfill_pkey PRIMARY KEY (id)
constraint backfill backfill_rerun_check CHECK ((rerun = ANY (ARRAY['missing'::text, 'failed'::text, 'all'::text])))
constraint backfill backfill_state_check CHECK ((state = ANY (ARRAY['running'::text, 'paused'::text, 'done'::text, 'cancelled'::text])))
constraint backfill backfill_unmade_check CHECK ((unmade >= 0))
constraint backfill backfill_version_id_fkey FOREIGN KEY (version_id) REFERENCES dag_version(id)
constraint dag dag_check CHECK (((state = 'retired'::text) = (retired_at IS NOT NULL)))
constraint dag dag_name_key UNIQUE (name)
constraint dag dag_pkey PRIMARY KEY (id)
constraint dag dag_state_check CHECK ((state = ANY (ARRAY['active'::text, 'retired'::text])))
constraint dag dag_version_id_fkey FOREIGN KEY (version_id) REFERENCES dag_version(id)
constraint dag_file_error dag_file_error_pkey PRIMARY KEY (path)
constraint dag_run dag_run_backfill_id_fkey FOREIGN KEY (backfill_id) REFERENCES backfill(id)
constraint dag_run dag_run_check CHECK (((state = ANY (ARRAY['success'::text, 'failed'::text, 'cancelled'::text])) = (ended_at IS NOT NULL)))
constraint dag_run dag_run_check1 CHECK (((state <> 'running'::text) OR (started_at IS NOT NULL)))
constraint dag_run dag_run_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint dag_run dag_run_dag_id_key_key UNIQUE (dag_id, key)
constraint dag_run dag_run_failures_check CHECK ((failures >= 0))
constraint dag_run dag_run_pkey PRIMARY KEY (id)
constraint dag_run dag_run_rested_us_check CHECK ((rested_us >= 0))
constraint dag_run dag_run_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'success'::text, 'failed'::text, 'cancelled'::text])))
constraint dag_run dag_run_tasks_check CHECK ((tasks >= 0))
constraint dag_run dag_run_type_check CHECK ((type = ANY (ARRAY['scheduled'::text, 'manual'::text, 'backfill'::text, 'event'::text])))
constraint dag_run dag_run_unfinished_check CHECK ((unfinished >= 0))
constraint dag_run dag_run_version_id_fkey FOREIGN KEY (version_id) REFERENCES dag_version(id)
constraint dag_version dag_version_calendars_check CHECK ((jsonb_typeof(calendars) = 'object'::text))
constraint dag_version dag_version_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint dag_version dag_version_dag_id_number_key UNIQUE (dag_id, number)
constraint dag_version dag_version_hash_check CHECK ((octet_length(hash) = 32))
constraint dag_version dag_version_number_check CHECK ((number >= 1))
constraint dag_version dag_version_pkey PRIMARY KEY (id)
constraint deed deed_check CHECK (((run_id IS NULL) = (verb = ANY (ARRAY['pause'::text, 'unpause'::text]))))
constraint deed deed_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint deed deed_pkey PRIMARY KEY (id)
constraint deed deed_run_id_fkey FOREIGN KEY (run_id) REFERENCES dag_run(id) ON DELETE CASCADE
constraint deed deed_tasks_check CHECK ((tasks >= 0))
constraint deed deed_verb_check CHECK ((verb = ANY (ARRAY['clear'::text, 'mark'::text, 'cancel'::text, 'rerun'::text, 'pause'::text, 'unpause'::text])))
constraint delivery delivery_check CHECK (((delivered_at IS NULL) OR (next_try_at IS NULL)))
constraint delivery delivery_incident_id_fkey FOREIGN KEY (incident_id) REFERENCES incident(id) ON DELETE CASCADE
constraint delivery delivery_pkey PRIMARY KEY (incident_id, target)
constraint delivery delivery_tries_check CHECK ((tries >= 0))
constraint form_use form_use_pkey PRIMARY KEY (key)
constraint idempotency idempotency_pkey PRIMARY KEY (key)
constraint incident incident_check CHECK (((acknowledged_at IS NULL) = (acknowledged_by IS NULL)))
constraint incident incident_check1 CHECK (((resolved_at IS NULL) = (resolved_run_id IS NULL)))
constraint incident incident_code_key UNIQUE (code)
constraint incident incident_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint incident incident_pkey PRIMARY KEY (id)
constraint incident incident_run_id_fkey FOREIGN KEY (run_id) REFERENCES dag_run(id) ON DELETE CASCADE
constraint incident incident_run_id_signature_id_key UNIQUE NULLS NOT DISTINCT (run_id, signature_id)
constraint incident incident_signature_id_fkey FOREIGN KEY (signature_id) REFERENCES signature(id) ON DELETE SET NULL
constraint incident incident_tasks_check CHECK ((tasks >= 1))
constraint join_token join_token_hash_key UNIQUE (hash)
constraint join_token join_token_most_uses_check CHECK ((most_uses > 0))
constraint join_token join_token_pkey PRIMARY KEY (id)
constraint join_token join_token_uses_check CHECK ((uses >= 0))
constraint joined_runner joined_runner_name_fkey FOREIGN KEY (name) REFERENCES runner(name) ON DELETE CASCADE
constraint joined_runner joined_runner_pkey PRIMARY KEY (name)
constraint joined_runner joined_runner_token_id_fkey FOREIGN KEY (token_id) REFERENCES join_token(id)
constraint lease lease_pkey PRIMARY KEY (name)
constraint login_link login_link_hash_check CHECK ((octet_length(hash) = 32))
constraint login_link login_link_pkey PRIMARY KEY (hash)
constraint mute mute_check CHECK ((num_nonnulls(dag_id, signature_id) = 1))
constraint mute mute_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint mute mute_pkey PRIMARY KEY (id)
constraint mute mute_signature_id_fkey FOREIGN KEY (signature_id) REFERENCES signature(id) ON DELETE CASCADE
constraint pool pool_ordering_check CHECK ((ordering = ANY (ARRAY['fifo'::text, 'priority'::text, 'fair'::text, 'deadline'::text, 'shortest'::text, 'critical_path'::text])))
constraint pool pool_origin_check CHECK ((origin = ANY (ARRAY['settings'::text, 'operator'::text])))
constraint pool pool_pkey PRIMARY KEY (name)
constraint pool pool_placement_check CHECK ((placement = ANY (ARRAY['least_loaded'::text, 'round_robin'::text, 'packed'::text])))
constraint pool pool_settings_slots_check CHECK ((settings_slots >= 0))
constraint pool pool_slots_check CHECK ((slots >= 0))
constraint priority_class priority_class_grace_us_check CHECK ((grace_us > 0))
constraint priority_class priority_class_pkey PRIMARY KEY (name)
constraint retention retention_is_only_check CHECK (is_only)
constraint retention retention_pkey PRIMARY KEY (is_only)
constraint run_folder run_folder_pkey PRIMARY KEY (runner, run_id)
constraint run_outcome run_outcome_pkey PRIMARY KEY (id)
constraint runner runner_busy CHECK (((busy_since IS NULL) = (busy_reason IS NULL)))
constraint runner runner_check CHECK (((drained_at IS NULL) = (drained_by IS NULL)))
constraint runner runner_check1 CHECK (((drain_reason IS NULL) OR (drained_at IS NOT NULL)))
constraint runner runner_kind_check CHECK ((kind = ANY (ARRAY['local'::text, 'http'::text, 'ssh'::text, 'requests'::text])))
constraint runner runner_load_check CHECK ((load >= (0)::double precision))
constraint runner runner_memory_free_check CHECK (((memory_free >= (0)::double precision) AND (memory_free <= (1)::double precision)))
constraint runner runner_pkey PRIMARY KEY (name)
constraint runner runner_reserved CHECK (((reserved_slots IS NULL) = (reserved_priority IS NULL)))
constraint runner runner_reserved_slots_check CHECK ((reserved_slots > 0))
constraint runner runner_slots_check CHECK ((slots >= 0))
constraint runner runner_state_check CHECK ((state = ANY (ARRAY['online'::text, 'unreachable'::text, 'held'::text])))
constraint runner_deed runner_deed_attempts_check CHECK ((attempts >= 0))
constraint runner_deed runner_deed_pkey PRIMARY KEY (id)
constraint runner_deed runner_deed_verb_check CHECK ((verb = ANY (ARRAY['join'::text, 'drain'::text, 'resume'::text, 'remove'::text, 'reap'::text])))
constraint runner_stray runner_stray_pkey PRIMARY KEY (runner, process_id)
constraint runner_stray runner_stray_runner_fkey FOREIGN KEY (runner) REFERENCES runner(name) ON DELETE CASCADE
constraint schedule_halt schedule_halt_is_halted_check CHECK (is_halted)
constraint schedule_halt schedule_halt_pkey PRIMARY KEY (is_halted)
constraint schema_migration schema_migration_pkey PRIMARY KEY (number)
constraint server server_pkey PRIMARY KEY (id)
constraint session session_hash_check CHECK ((octet_length(hash) = 32))
constraint session session_pkey PRIMARY KEY (hash)
constraint signature signature_failures_check CHECK ((failures >= 1))
constraint signature signature_hash_check CHECK ((octet_length(hash) = 32))
constraint signature signature_hash_key UNIQUE (hash)
constraint signature signature_pkey PRIMARY KEY (id)
constraint signature signature_state_check CHECK ((state = ANY (ARRAY['failed'::text, 'timed_out'::text, 'lost'::text, 'unknown'::text])))
constraint task_instance task_instance_check CHECK (((state = 'up_for_retry'::text) = (retry_at IS NOT NULL)))
constraint task_instance task_instance_check1 CHECK (((((((up_success + up_failed) + up_upstream_failed) + up_skipped) + up_cancelled) + up_removed) <= upstream))
constraint task_instance task_instance_check2 CHECK (((state = ANY (ARRAY['success'::text, 'failed'::text, 'upstream_failed'::text, 'skipped'::text, 'cancelled'::text, 'removed'::text])) = (ended_at IS NOT NULL)))
constraint task_instance task_instance_pkey PRIMARY KEY (id)
constraint task_instance task_instance_run_id_fkey FOREIGN KEY (run_id) REFERENCES dag_run(id) ON DELETE CASCADE
constraint task_instance task_instance_run_id_task_index_map_index_key UNIQUE (run_id, task_index, map_index)
constraint task_instance task_instance_slots_check CHECK ((slots >= 1))
constraint task_instance task_instance_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'queued'::text, 'running'::text, 'success'::text, 'failed'::text, 'up_for_retry'::text, 'upstream_failed'::text, 'skipped'::text, 'cancelled'::text, 'removed'::text])))
constraint tick tick_check CHECK (((decision = 'created'::text) = (run_id IS NOT NULL)))
constraint tick tick_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint tick tick_decision_check CHECK ((decision = ANY (ARRAY['created'::text, 'catchup'::text, 'overlap'::text, 'paused'::text, 'calendar'::text, 'shadow'::text])))
constraint tick tick_pkey PRIMARY KEY (dag_id, tick_at)
constraint tick_other tick_check CHECK (((decision = 'created'::text) = (run_id IS NOT NULL)))
constraint tick_other tick_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint tick_other tick_decision_check CHECK ((decision = ANY (ARRAY['created'::text, 'catchup'::text, 'overlap'::text, 'paused'::text, 'calendar'::text, 'shadow'::text])))
constraint tick_other tick_other_pkey PRIMARY KEY (dag_id, tick_at)
constraint tick_range tick_range_check CHECK ((first_tick < last_tick))
constraint tick_range tick_range_dag_id_fkey FOREIGN KEY (dag_id) REFERENCES dag(id)
constraint tick_range tick_range_decision_check CHECK ((decision = ANY (ARRAY['catchup'::text, 'overlap'::text, 'paused'::text, 'calendar'::text, 'shadow'::text])))
constraint tick_range tick_range_pkey PRIMARY KEY (dag_id, first_tick)
constraint tick_range tick_range_ticks_check CHECK ((ticks >= 2))
constraint token token_hash_check CHECK ((octet_length(hash) = 32))
constraint token token_hash_key UNIQUE (hash)
constraint token token_pkey PRIMARY KEY (id)
constraint transition transition_pkey PRIMARY KEY (id, at)
constraint transition_other transition_other_pkey PRIMARY KEY (id, at)
index CREATE INDEX attempt_live ON public.attempt USING btree (runner) WHERE ((ended_at IS NULL) AND (runner IS NOT NULL))
index CREATE INDEX attempt_live_dag ON public.attempt USING btree (dag_id) WHERE ((ended_at IS NULL) AND (dag_id IS NOT NULL))
index CREATE INDEX attempt_live_pool ON public.attempt USING btree (pool) WHERE ((ended_at IS NULL) AND (pool IS NOT NULL))
index CREATE INDEX attempt_log_line ON ONLY public.attempt_log USING btree (attempt_id, first_line, start_byte)
index CREATE INDEX attempt_log_marks ON ONLY public.attempt_log USING btree (attempt_id, start_byte) WHERE (marks IS NOT NULL)
index CREATE INDEX attempt_log_other_attempt_id_first_line_start_byte_idx ON public.attempt_log_other USING btree (attempt_id, first_line, start_byte)
index CREATE INDEX attempt_log_other_attempt_id_start_byte_idx ON public.attempt_log_other USING btree (attempt_id, start_byte) WHERE (marks IS NOT NULL)
index CREATE INDEX attempt_signature ON public.attempt USING btree (signature_id, id DESC) WHERE (signature_id IS NOT NULL)
index CREATE INDEX attempt_silent ON public.attempt USING btree (id) WHERE ((ended_at IS NULL) AND (state = 'unreachable'::text) AND (silence_limit_us IS NOT NULL))
index CREATE INDEX backfill_unmade ON public.backfill USING btree (id) WHERE (next_at IS NOT NULL)
index CREATE INDEX dag_due ON public.dag USING btree (next_tick, id) WHERE ((state = 'active'::text) AND (NOT paused) AND (next_tick IS NOT NULL))
index CREATE INDEX dag_run_backfill ON public.dag_run USING btree (backfill_id, state) WHERE (backfill_id IS NOT NULL)
index CREATE INDEX dag_run_end_by ON public.dag_run USING btree (end_by) WHERE ((state = 'running'::text) AND (end_by IS NOT NULL) AND (NOT cancel_requested))
index CREATE INDEX dag_run_ended ON public.dag_run USING btree (ended_at) WHERE (ended_at IS NOT NULL)
index CREATE INDEX dag_run_failed ON public.dag_run USING btree (ended_at DESC) WHERE (state = 'failed'::text)
index CREATE INDEX dag_run_folders ON public.dag_run USING btree (ended_at) WHERE ((ended_at IS NOT NULL) AND (NOT folders_removed))
index CREATE INDEX dag_run_latest_failed ON public.dag_run USING btree (dag_id, logical_date DESC, id DESC) WHERE (state = 'failed'::text)
index CREATE INDEX dag_run_live ON public.dag_run USING btree (dag_id, id) WHERE ((state = ANY (ARRAY['queued'::text, 'running'::text])) AND (dag_id IS NOT NULL))
index CREATE INDEX dag_run_newest ON public.dag_run USING btree (created_at DESC, id DESC)
index CREATE INDEX dag_run_newest_bad ON public.dag_run USING btree (created_at DESC, id DESC) WHERE (state = ANY (ARRAY['failed'::text, 'cancelled'::text]))
index CREATE INDEX dag_run_recent ON public.dag_run USING btree (dag_id, logical_date DESC, id DESC)
index CREATE INDEX dag_run_start_by ON public.dag_run USING btree (start_by) WHERE ((state = 'queued'::text) AND (start_by IS NOT NULL) AND (NOT cancel_requested))
index CREATE INDEX dag_run_waiting ON public.dag_run USING btree (run_after) WHERE ((state = 'queued'::text) AND (run_after IS NOT NULL))
index CREATE INDEX deed_dag ON public.deed USING btree (dag_id, id) WHERE (run_id IS NULL)
index CREATE INDEX deed_run ON public.deed USING btree (run_id, id) WHERE (run_id IS NOT NULL)
index CREATE INDEX delivery_due ON public.delivery USING btree (next_try_at) WHERE (next_try_at IS NOT NULL)
index CREATE INDEX incident_open ON public.incident USING btree (id DESC) WHERE ((acknowledged_at IS NULL) AND (resolved_at IS NULL))
index CREATE INDEX incident_outbox ON public.incident USING btree (id) WHERE (dispatched_at IS NULL)
index CREATE INDEX incident_signature ON public.incident USING btree (signature_id) WHERE (signature_id IS NOT NULL)
index CREATE INDEX incident_unsolved ON public.incident USING btree (dag_id, id DESC) WHERE (resolved_at IS NULL)
index CREATE INDEX mute_until ON public.mute USING btree (until_at)
index CREATE INDEX run_outcome_loose ON public.run_outcome USING btree (slot) WHERE (NOT is_folded)
index CREATE INDEX run_outcome_slot ON public.run_outcome USING btree (dag_id, slot)
index CREATE INDEX runner_deed_runner ON public.runner_deed USING btree (runner, id)
index CREATE INDEX signature_recent ON public.signature USING btree (last_seen DESC, id DESC)
index CREATE INDEX task_instance_bad ON public.task_instance USING btree (ended_at DESC) WHERE (state = 'failed'::text)
index CREATE INDEX task_instance_classed ON public.task_instance USING btree (priority_class) WHERE ((state = ANY (ARRAY['waiting'::text, 'queued'::text])) AND (attempt_id IS NULL) AND (priority_class IS NOT NULL))
index CREATE INDEX task_instance_failed ON public.task_instance USING btree (run_id, ended_at, id) WHERE (state = 'failed'::text)
index CREATE INDEX task_instance_graced ON public.task_instance USING btree (priority_class, queued_at) WHERE ((state = 'queued'::text) AND (attempt_id IS NULL) AND (priority_class IS NOT NULL))
index CREATE INDEX task_instance_held ON public.task_instance USING btree (run_id, task_index, map_index) WHERE ((state = 'waiting'::text) AND (hold IS NOT NULL))
index CREATE INDEX task_instance_mapped_live ON public.task_instance USING btree (run_id, task_index) WHERE ((map_index >= 0) AND (state = ANY (ARRAY['queued'::text, 'running'::text, 'up_for_retry'::text])))
index CREATE INDEX task_instance_queue ON public.task_instance USING btree (COALESCE(runner, ('#'::text || ((labels IS NULL))::text)), (((queued_at - '2026-01-01 00:00:00+00'::timestamp with time zone) - ((priority)::double precision * '00:01:00'::interval))), id) WHERE ((state = 'queued'::text) AND (attempt_id IS NULL) AND (slots > 0))
index CREATE INDEX task_instance_queue_dag ON public.task_instance USING btree (COALESCE(runner, ('#'::text || ((labels IS NULL))::text)), dag_id, (((queued_at - '2026-01-01 00:00:00+00'::timestamp with time zone) - ((priority)::double precision * '00:01:00'::interval))), id) WHERE ((state = 'queued'::text) AND (attempt_id IS NULL) AND (dag_id IS NOT NULL))
index CREATE INDEX task_instance_queue_pool ON public.task_instance USING btree (pool, COALESCE(runner, ('#'::text || ((labels IS NULL))::text)), queued_at, id) WHERE ((state = 'queued'::text) AND (attempt_id IS NULL) AND (pool IS NOT NULL))
index CREATE INDEX task_instance_retry ON public.task_instance USING btree (retry_at) WHERE (state = 'up_for_retry'::text)
index CREATE INDEX transition_other_run_id_idx ON public.transition_other USING btree (run_id)
index CREATE INDEX transition_run ON ONLY public.transition USING btree (run_id)
index CREATE UNIQUE INDEX attempt_log_other_pkey ON public.attempt_log_other USING btree (attempt_id, start_byte)
index CREATE UNIQUE INDEX attempt_log_pkey ON ONLY public.attempt_log USING btree (attempt_id, start_byte)
index CREATE UNIQUE INDEX attempt_pkey ON public.attempt USING btree (id)
index CREATE UNIQUE INDEX attempt_task_instance_id_number_key ON public.attempt USING btree (task_instance_id, number)
index CREATE UNIQUE INDEX backfill_pkey ON public.backfill USING btree (id)
index CREATE UNIQUE INDEX dag_file_error_pkey ON public.dag_file_error USING btree (path)
index CREATE UNIQUE INDEX dag_name_key ON public.dag USING btree (name)
index CREATE UNIQUE INDEX dag_pkey ON public.dag USING btree (id)
index CREATE UNIQUE INDEX dag_run_dag_id_key_key ON public.dag_run USING btree (dag_id, key)
index CREATE UNIQUE INDEX dag_run_pkey ON public.dag_run USING btree (id)
index CREATE UNIQUE INDEX dag_version_dag_id_number_key ON public.dag_version USING btree (dag_id, number)
index CREATE UNIQUE INDEX dag_version_pkey ON public.dag_version USING btree (id)
index CREATE UNIQUE INDEX deed_pkey ON public.deed USING btree (id)
index CREATE UNIQUE INDEX delivery_pkey ON public.delivery USING btree (incident_id, target)
index CREATE UNIQUE INDEX form_use_pkey ON public.form_use USING btree (key)
index CREATE UNIQUE INDEX idempotency_pkey ON public.idempotency USING btree (key)
index CREATE UNIQUE INDEX incident_code_key ON public.incident USING btree (code)
index CREATE UNIQUE INDEX incident_pkey ON public.incident USING btree (id)
index CREATE UNIQUE INDEX incident_run_id_signature_id_key ON public.incident USING btree (run_id, signature_id) NULLS NOT DISTINCT
index CREATE UNIQUE INDEX join_token_hash_key ON public.join_token USING btree (hash)
index CREATE UNIQUE INDEX join_token_name ON public.join_token USING btree (name) WHERE (revoked_at IS NULL)
index CREATE UNIQUE INDEX join_token_pkey ON public.join_token USING btree (id)
index CREATE UNIQUE INDEX joined_runner_pkey ON public.joined_runner USING btree (name)
index CREATE UNIQUE INDEX lease_pkey ON public.lease USING btree (name)
index CREATE UNIQUE INDEX login_link_pkey ON public.login_link USING btree (hash)
index CREATE UNIQUE INDEX mute_pkey ON public.mute USING btree (id)
index CREATE UNIQUE INDEX pool_pkey ON public.pool USING btree (name)
index CREATE UNIQUE INDEX priority_class_pkey ON public.priority_class USING btree (name)
index CREATE UNIQUE INDEX retention_pkey ON public.retention USING btree (is_only)
index CREATE UNIQUE INDEX run_folder_pkey ON public.run_folder USING btree (runner, run_id)
index CREATE UNIQUE INDEX run_outcome_pkey ON public.run_outcome USING btree (id)
index CREATE UNIQUE INDEX runner_deed_pkey ON public.runner_deed USING btree (id)
index CREATE UNIQUE INDEX runner_pkey ON public.runner USING btree (name)
index CREATE UNIQUE INDEX runner_stray_pkey ON public.runner_stray USING btree (runner, process_id)
index CREATE UNIQUE INDEX schedule_halt_pkey ON public.schedule_halt USING btree (is_halted)
index CREATE UNIQUE INDEX schema_migration_pkey ON public.schema_migration USING btree (number)
index CREATE UNIQUE INDEX server_pkey ON public.server USING btree (id)
index CREATE UNIQUE INDEX session_pkey ON public.session USING btree (hash)
index CREATE UNIQUE INDEX signature_hash_key ON public.signature USING btree (hash)
index CREATE UNIQUE INDEX signature_pkey ON public.signature USING btree (id)
index CREATE UNIQUE INDEX task_instance_pkey ON public.task_instance USING btree (id)
index CREATE UNIQUE INDEX task_instance_run_id_task_index_map_index_key ON public.task_instance USING btree (run_id, task_index, map_index)
index CREATE UNIQUE INDEX tick_other_pkey ON public.tick_other USING btree (dag_id, tick_at)
index CREATE UNIQUE INDEX tick_pkey ON ONLY public.tick USING btree (dag_id, tick_at)
index CREATE UNIQUE INDEX tick_range_pkey ON public.tick_range USING btree (dag_id, first_tick)
index CREATE UNIQUE INDEX token_hash_key ON public.token USING btree (hash)
index CREATE UNIQUE INDEX token_name ON public.token USING btree (name) WHERE (revoked_at IS NULL)
index CREATE UNIQUE INDEX token_pkey ON public.token USING btree (id)
index CREATE UNIQUE INDEX transition_other_pkey ON public.transition_other USING btree (id, at)
index CREATE UNIQUE INDEX transition_pkey ON ONLY public.transition USING btree (id, at)
view check_run_counts  SELECT r.id, r.unfinished, count(*) FILTER (WHERE (t.ended_at IS NULL)) AS counted FROM (dag_run r LEFT JOIN task_instance t ON ((t.run_id = r.id))) GROUP BY r.id HAVING (r.unfinished <> count(*) FILTER (WHERE (t.ended_at IS NULL)));
view check_tick_overlap  SELECT t.dag_id, t.tick_at FROM (tick t JOIN tick_range g ON (((g.dag_id = t.dag_id) AND ((t.tick_at >= g.first_tick) AND (t.tick_at <= g.last_tick)))));
