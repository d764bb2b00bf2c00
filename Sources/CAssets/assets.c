#include "assets.h"

// One line for each file below, in the order of names; a test compares this list with the folders.
static const unsigned char migrations_V0001_initial_sql[] = {
#embed "../../migrations/V0001_initial.sql"
};
static const unsigned char migrations_V0002_calendars_sql[] = {
#embed "../../migrations/V0002_calendars.sql"
};
static const unsigned char migrations_V0003_failure_signatures_sql[] = {
#embed "../../migrations/V0003_failure_signatures.sql"
};
static const unsigned char migrations_V0004_mapped_tasks_sql[] = {
#embed "../../migrations/V0004_mapped_tasks.sql"
};
static const unsigned char migrations_V0005_holds_sql[] = {
#embed "../../migrations/V0005_holds.sql"
};
static const unsigned char migrations_V0006_retention_sql[] = {
#embed "../../migrations/V0006_retention.sql"
};
static const unsigned char migrations_V0007_queue_orders_sql[] = {
#embed "../../migrations/V0007_queue_orders.sql"
};
static const unsigned char migrations_V0008_backfill_progress_sql[] = {
#embed "../../migrations/V0008_backfill_progress.sql"
};
static const unsigned char migrations_V0009_clock_skew_sql[] = {
#embed "../../migrations/V0009_clock_skew.sql"
};
static const unsigned char migrations_V0010_incidents_sql[] = {
#embed "../../migrations/V0010_incidents.sql"
};
static const unsigned char migrations_V0011_catchup_lane_sql[] = {
#embed "../../migrations/V0011_catchup_lane.sql"
};
static const unsigned char migrations_V0012_queue_head_sql[] = {
#embed "../../migrations/V0012_queue_head.sql"
};
static const unsigned char migrations_V0013_log_marks_sql[] = {
#embed "../../migrations/V0013_log_marks.sql"
};
static const unsigned char migrations_V0014_deeds_sql[] = {
#embed "../../migrations/V0014_deeds.sql"
};
static const unsigned char migrations_V0015_time_of_writing_sql[] = {
#embed "../../migrations/V0015_time_of_writing.sql"
};
static const unsigned char migrations_V0016_run_outcomes_sql[] = {
#embed "../../migrations/V0016_run_outcomes.sql"
};
static const unsigned char migrations_V0017_fleet_sql[] = {
#embed "../../migrations/V0017_fleet.sql"
};
static const unsigned char migrations_V0018_silence_sql[] = {
#embed "../../migrations/V0018_silence.sql"
};
static const unsigned char migrations_V0019_choice_sql[] = {
#embed "../../migrations/V0019_choice.sql"
};
static const unsigned char migrations_V0020_log_gaps_and_strays_sql[] = {
#embed "../../migrations/V0020_log_gaps_and_strays.sql"
};
static const unsigned char migrations_V0021_copied_hosts_sql[] = {
#embed "../../migrations/V0021_copied_hosts.sql"
};
static const unsigned char migrations_V0022_busy_limits_sql[] = {
#embed "../../migrations/V0022_busy_limits.sql"
};
static const unsigned char migrations_V0023_rests_and_solved_incidents_sql[] = {
#embed "../../migrations/V0023_rests_and_solved_incidents.sql"
};
static const unsigned char migrations_V0024_newest_unsolved_incidents_sql[] = {
#embed "../../migrations/V0024_newest_unsolved_incidents.sql"
};
static const unsigned char migrations_V0025_indexes_of_what_is_in_flight_sql[] = {
#embed "../../migrations/V0025_indexes_of_what_is_in_flight.sql"
};
static const unsigned char web_attempt_mustache[] = {
#embed "../../web/attempt.mustache"
};
static const unsigned char web_backfill_mustache[] = {
#embed "../../web/backfill.mustache"
};
static const unsigned char web_backfillnew_mustache[] = {
#embed "../../web/backfillnew.mustache"
};
static const unsigned char web_backfills_mustache[] = {
#embed "../../web/backfills.mustache"
};
static const unsigned char web_calendar_mustache[] = {
#embed "../../web/calendar.mustache"
};
static const unsigned char web_cancel_mustache[] = {
#embed "../../web/cancel.mustache"
};
static const unsigned char web_cause_mustache[] = {
#embed "../../web/cause.mustache"
};
static const unsigned char web_changes_mustache[] = {
#embed "../../web/changes.mustache"
};
static const unsigned char web_clear_mustache[] = {
#embed "../../web/clear.mustache"
};
static const unsigned char web_clearruns_mustache[] = {
#embed "../../web/clearruns.mustache"
};
static const unsigned char web_code_mustache[] = {
#embed "../../web/code.mustache"
};
static const unsigned char web_compare_mustache[] = {
#embed "../../web/compare.mustache"
};
static const unsigned char web_dag_mustache[] = {
#embed "../../web/dag.mustache"
};
static const unsigned char web_daggraph_mustache[] = {
#embed "../../web/daggraph.mustache"
};
static const unsigned char web_dags_mustache[] = {
#embed "../../web/dags.mustache"
};
static const unsigned char web_dagtabs_mustache[] = {
#embed "../../web/dagtabs.mustache"
};
static const unsigned char web_daylegend_mustache[] = {
#embed "../../web/daylegend.mustache"
};
static const unsigned char web_effects_mustache[] = {
#embed "../../web/effects.mustache"
};
static const unsigned char web_failure_mustache[] = {
#embed "../../web/failure.mustache"
};
static const unsigned char web_failures_mustache[] = {
#embed "../../web/failures.mustache"
};
static const unsigned char web_graph_mustache[] = {
#embed "../../web/graph.mustache"
};
static const unsigned char web_home_mustache[] = {
#embed "../../web/home.mustache"
};
static const unsigned char web_icon_cancelled_svg[] = {
#embed "../../web/icon-cancelled.svg"
};
static const unsigned char web_icon_failed_svg[] = {
#embed "../../web/icon-failed.svg"
};
static const unsigned char web_icon_running_svg[] = {
#embed "../../web/icon-running.svg"
};
static const unsigned char web_icon_success_svg[] = {
#embed "../../web/icon-success.svg"
};
static const unsigned char web_icon_waiting_svg[] = {
#embed "../../web/icon-waiting.svg"
};
static const unsigned char web_incident_mustache[] = {
#embed "../../web/incident.mustache"
};
static const unsigned char web_incidentrow_mustache[] = {
#embed "../../web/incidentrow.mustache"
};
static const unsigned char web_incidents_mustache[] = {
#embed "../../web/incidents.mustache"
};
static const unsigned char web_layout_mustache[] = {
#embed "../../web/layout.mustache"
};
static const unsigned char web_log_js[] = {
#embed "../../web/log.js"
};
static const unsigned char web_log_mustache[] = {
#embed "../../web/log.mustache"
};
static const unsigned char web_mapped_mustache[] = {
#embed "../../web/mapped.mustache"
};
static const unsigned char web_mark_mustache[] = {
#embed "../../web/mark.mustache"
};
static const unsigned char web_message_mustache[] = {
#embed "../../web/message.mustache"
};
static const unsigned char web_mutes_mustache[] = {
#embed "../../web/mutes.mustache"
};
static const unsigned char web_openapi_json[] = {
#embed "../../web/openapi.json"
};
static const unsigned char web_pause_mustache[] = {
#embed "../../web/pause.mustache"
};
static const unsigned char web_planchange_mustache[] = {
#embed "../../web/planchange.mustache"
};
static const unsigned char web_pool_mustache[] = {
#embed "../../web/pool.mustache"
};
static const unsigned char web_pools_mustache[] = {
#embed "../../web/pools.mustache"
};
static const unsigned char web_rerun_mustache[] = {
#embed "../../web/rerun.mustache"
};
static const unsigned char web_resume_mustache[] = {
#embed "../../web/resume.mustache"
};
static const unsigned char web_run_mustache[] = {
#embed "../../web/run.mustache"
};
static const unsigned char web_rungantt_mustache[] = {
#embed "../../web/rungantt.mustache"
};
static const unsigned char web_rungraph_mustache[] = {
#embed "../../web/rungraph.mustache"
};
static const unsigned char web_runhead_mustache[] = {
#embed "../../web/runhead.mustache"
};
static const unsigned char web_runlist_mustache[] = {
#embed "../../web/runlist.mustache"
};
static const unsigned char web_runner_mustache[] = {
#embed "../../web/runner.mustache"
};
static const unsigned char web_runners_mustache[] = {
#embed "../../web/runners.mustache"
};
static const unsigned char web_runs_mustache[] = {
#embed "../../web/runs.mustache"
};
static const unsigned char web_runtasks_mustache[] = {
#embed "../../web/runtasks.mustache"
};
static const unsigned char web_search_mustache[] = {
#embed "../../web/search.mustache"
};
static const unsigned char web_state_mustache[] = {
#embed "../../web/state.mustache"
};
static const unsigned char web_task_mustache[] = {
#embed "../../web/task.mustache"
};
static const unsigned char web_tasktable_mustache[] = {
#embed "../../web/tasktable.mustache"
};
static const unsigned char web_time_mustache[] = {
#embed "../../web/time.mustache"
};
static const unsigned char web_trigger_mustache[] = {
#embed "../../web/trigger.mustache"
};
static const unsigned char web_ui_css[] = {
#embed "../../web/ui.css"
};
static const unsigned char web_ui_js[] = {
#embed "../../web/ui.js"
};
static const unsigned char web_versiondiff_mustache[] = {
#embed "../../web/versiondiff.mustache"
};
static const unsigned char web_why_mustache[] = {
#embed "../../web/why.mustache"
};

#define ASSET(name, bytes) {name, bytes, sizeof(bytes)}

static const struct rota_asset assets[] = {
    ASSET("migrations/V0001_initial.sql", migrations_V0001_initial_sql),
    ASSET("migrations/V0002_calendars.sql", migrations_V0002_calendars_sql),
    ASSET("migrations/V0003_failure_signatures.sql", migrations_V0003_failure_signatures_sql),
    ASSET("migrations/V0004_mapped_tasks.sql", migrations_V0004_mapped_tasks_sql),
    ASSET("migrations/V0005_holds.sql", migrations_V0005_holds_sql),
    ASSET("migrations/V0006_retention.sql", migrations_V0006_retention_sql),
    ASSET("migrations/V0007_queue_orders.sql", migrations_V0007_queue_orders_sql),
    ASSET("migrations/V0008_backfill_progress.sql", migrations_V0008_backfill_progress_sql),
    ASSET("migrations/V0009_clock_skew.sql", migrations_V0009_clock_skew_sql),
    ASSET("migrations/V0010_incidents.sql", migrations_V0010_incidents_sql),
    ASSET("migrations/V0011_catchup_lane.sql", migrations_V0011_catchup_lane_sql),
    ASSET("migrations/V0012_queue_head.sql", migrations_V0012_queue_head_sql),
    ASSET("migrations/V0013_log_marks.sql", migrations_V0013_log_marks_sql),
    ASSET("migrations/V0014_deeds.sql", migrations_V0014_deeds_sql),
    ASSET("migrations/V0015_time_of_writing.sql", migrations_V0015_time_of_writing_sql),
    ASSET("migrations/V0016_run_outcomes.sql", migrations_V0016_run_outcomes_sql),
    ASSET("migrations/V0017_fleet.sql", migrations_V0017_fleet_sql),
    ASSET("migrations/V0018_silence.sql", migrations_V0018_silence_sql),
    ASSET("migrations/V0019_choice.sql", migrations_V0019_choice_sql),
    ASSET("migrations/V0020_log_gaps_and_strays.sql", migrations_V0020_log_gaps_and_strays_sql),
    ASSET("migrations/V0021_copied_hosts.sql", migrations_V0021_copied_hosts_sql),
    ASSET("migrations/V0022_busy_limits.sql", migrations_V0022_busy_limits_sql),
    ASSET("migrations/V0023_rests_and_solved_incidents.sql", migrations_V0023_rests_and_solved_incidents_sql),
    ASSET("migrations/V0024_newest_unsolved_incidents.sql", migrations_V0024_newest_unsolved_incidents_sql),
    ASSET("migrations/V0025_indexes_of_what_is_in_flight.sql", migrations_V0025_indexes_of_what_is_in_flight_sql),
    ASSET("web/attempt.mustache", web_attempt_mustache),
    ASSET("web/backfill.mustache", web_backfill_mustache),
    ASSET("web/backfillnew.mustache", web_backfillnew_mustache),
    ASSET("web/backfills.mustache", web_backfills_mustache),
    ASSET("web/calendar.mustache", web_calendar_mustache),
    ASSET("web/cancel.mustache", web_cancel_mustache),
    ASSET("web/cause.mustache", web_cause_mustache),
    ASSET("web/changes.mustache", web_changes_mustache),
    ASSET("web/clear.mustache", web_clear_mustache),
    ASSET("web/clearruns.mustache", web_clearruns_mustache),
    ASSET("web/code.mustache", web_code_mustache),
    ASSET("web/compare.mustache", web_compare_mustache),
    ASSET("web/dag.mustache", web_dag_mustache),
    ASSET("web/daggraph.mustache", web_daggraph_mustache),
    ASSET("web/dags.mustache", web_dags_mustache),
    ASSET("web/dagtabs.mustache", web_dagtabs_mustache),
    ASSET("web/daylegend.mustache", web_daylegend_mustache),
    ASSET("web/effects.mustache", web_effects_mustache),
    ASSET("web/failure.mustache", web_failure_mustache),
    ASSET("web/failures.mustache", web_failures_mustache),
    ASSET("web/graph.mustache", web_graph_mustache),
    ASSET("web/home.mustache", web_home_mustache),
    ASSET("web/icon-cancelled.svg", web_icon_cancelled_svg),
    ASSET("web/icon-failed.svg", web_icon_failed_svg),
    ASSET("web/icon-running.svg", web_icon_running_svg),
    ASSET("web/icon-success.svg", web_icon_success_svg),
    ASSET("web/icon-waiting.svg", web_icon_waiting_svg),
    ASSET("web/incident.mustache", web_incident_mustache),
    ASSET("web/incidentrow.mustache", web_incidentrow_mustache),
    ASSET("web/incidents.mustache", web_incidents_mustache),
    ASSET("web/layout.mustache", web_layout_mustache),
    ASSET("web/log.js", web_log_js),
    ASSET("web/log.mustache", web_log_mustache),
    ASSET("web/mapped.mustache", web_mapped_mustache),
    ASSET("web/mark.mustache", web_mark_mustache),
    ASSET("web/message.mustache", web_message_mustache),
    ASSET("web/mutes.mustache", web_mutes_mustache),
    ASSET("web/openapi.json", web_openapi_json),
    ASSET("web/pause.mustache", web_pause_mustache),
    ASSET("web/planchange.mustache", web_planchange_mustache),
    ASSET("web/pool.mustache", web_pool_mustache),
    ASSET("web/pools.mustache", web_pools_mustache),
    ASSET("web/rerun.mustache", web_rerun_mustache),
    ASSET("web/resume.mustache", web_resume_mustache),
    ASSET("web/run.mustache", web_run_mustache),
    ASSET("web/rungantt.mustache", web_rungantt_mustache),
    ASSET("web/rungraph.mustache", web_rungraph_mustache),
    ASSET("web/runhead.mustache", web_runhead_mustache),
    ASSET("web/runlist.mustache", web_runlist_mustache),
    ASSET("web/runner.mustache", web_runner_mustache),
    ASSET("web/runners.mustache", web_runners_mustache),
    ASSET("web/runs.mustache", web_runs_mustache),
    ASSET("web/runtasks.mustache", web_runtasks_mustache),
    ASSET("web/search.mustache", web_search_mustache),
    ASSET("web/state.mustache", web_state_mustache),
    ASSET("web/task.mustache", web_task_mustache),
    ASSET("web/tasktable.mustache", web_tasktable_mustache),
    ASSET("web/time.mustache", web_time_mustache),
    ASSET("web/trigger.mustache", web_trigger_mustache),
    ASSET("web/ui.css", web_ui_css),
    ASSET("web/ui.js", web_ui_js),
    ASSET("web/versiondiff.mustache", web_versiondiff_mustache),
    ASSET("web/why.mustache", web_why_mustache),
};

size_t rota_asset_count(void) {
    return sizeof(assets) / sizeof(assets[0]);
}

const struct rota_asset *rota_asset_at(size_t index) {
    return index < rota_asset_count() ? &assets[index] : NULL;
}
