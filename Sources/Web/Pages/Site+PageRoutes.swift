import Hummingbird

extension Site {
    /// The pages that list things.
    func addListingRoutes(to router: Router<WebContext>) {
        router.get("/") { request, context in try await home(request, context) }
        router.get("dags") { request, context in try await dagList(request, context) }
        router.get("runs") { request, context in try await runList(request, context) }
        router.get("search") { request, context in try await searchPage(request, context) }
        router.get("failures") { request, context in try await failureList(request, context) }
        router.get("failures/{id}") { request, context in try await failurePage(request, context) }
        router.get("runners") { request, context in try await runnerList(request, context) }
        router.get("runners/{runner}") { request, context in try await runnerPage(request, context) }
        router.post("runners/{runner}/{verb}") { request, context in try await changeRunner(request, context) }
        router.get("pools") { request, context in try await poolList(request, context) }
        router.get("pools/{pool}") { request, context in try await poolPage(request, context) }
        router.post("pools/{pool}") { request, context in try await setPool(request, context) }
        router.post("pools/{pool}/reset") { request, context in try await resetPool(request, context) }
        router.get("backfills") { request, context in try await backfillList(request, context) }
        router.get("backfills/new") { request, context in try await newBackfill(request, context) }
        router.get("backfills/{id}") { request, context in try await backfillPage(request, context) }
        router.get("x/{code}") { request, context in try await followIncident(request, context) }
        router.get("incidents") { request, context in try await incidentList(request, context) }
        router.get("incidents/{code}") { request, context in try await incidentPage(request, context) }
        router.post("incidents/{code}/acknowledge") { request, context in
            try await acknowledgeIncident(request, context)
        }
        router.post("incidents/{code}/mute") { request, context in try await muteIncident(request, context) }
        router.post("mutes/{id}/end") { request, context in try await endMute(request, context) }
        router.post("schedule/resume") { request, context in try await resumeSchedules(request, context) }
        router.post("backfills/{id}/{verb}") { request, context in try await changeBackfill(request, context) }
        router.post("backfills") { request, context in try await startBackfill(request, context) }
    }

    /// The pages and forms of one DAG.
    func addDAGRoutes(to router: Router<WebContext>) {
        let dag = router.group("dags/{dag}")
        dag.get { request, context in try await dagPage(request, context) }
        dag.get("runs") { request, context in try await dagRunList(request, context) }
        dag.get("versions") { _, context in
            redirect(to: "\(Address.dag(try context.part("dag")))/code#versions")
        }
        dag.get("versions/{range}") { request, context in try await versionDiffPage(request, context) }
        dag.get("tasks/{task}") { request, context in try await taskPage(request, context) }
        dag.get("graph") { request, context in try await dagGraphPage(request, context) }
        dag.get("calendar") { request, context in try await calendarPage(request, context) }
        dag.get("code") { request, context in try await codePage(request, context) }
        dag.get("trigger") { request, context in try await triggerPage(request, context) }
        dag.post("trigger") { request, context in try await trigger(request, context) }
        dag.get("pause") { request, context in try await pausePage(request, context) }
        dag.post("pause") { request, context in try await pause(request, context) }
        dag.get("resume") { request, context in try await resumePage(request, context) }
        dag.post("resume") { request, context in try await resume(request, context) }
        dag.get("clear") { request, context in try await clearRunsPage(request, context) }
        dag.post("clear") { request, context in try await clearRuns(request, context) }
    }

    /// The page and forms of one run.
    func addRunRoutes(to router: Router<WebContext>) {
        let run = router.group("dags/{dag}/runs/{key}")
        run.get { request, context in try await runPage(request, context) }
        run.get("tasks") { request, context in try await runTasksPage(request, context) }
        run.get("gantt") { request, context in try await runGanttPage(request, context) }
        run.get("graph") { request, context in try await runGraphPage(request, context) }
        run.get("clear") { request, context in try await clearPage(request, context) }
        run.post("clear") { request, context in try await clear(request, context) }
        run.get("mark") { request, context in try await markPage(request, context) }
        run.post("mark") { request, context in try await mark(request, context) }
        run.get("rerun") { request, context in try await rerunPage(request, context) }
        run.post("rerun") { request, context in try await rerun(request, context) }
        run.get("cancel") { request, context in try await cancelPage(request, context) }
        run.post("cancel") { request, context in try await cancel(request, context) }
    }

    /// The pages and logs of one task of a run: of its latest attempt, `/a2`, `/m17` or `/m17/a2`.
    func addAttemptRoutes(to router: Router<WebContext>) {
        for path in ["{task}", "{task}/{part}", "{task}/{part}/{part2}"] {
            router.get("dags/{dag}/runs/{key}/tasks/\(path).txt") { request, context in
                try await attemptText(request, context)
            }
        }
        for suffix in ["", "/{part}", "/{part}/{part2}"] {
            let task = router.group("dags/{dag}/runs/{key}/tasks/{task}\(suffix)")
            task.get { request, context in try await attemptPage(request, context) }
            task.get("compare") { request, context in try await comparePage(request, context) }
            task.get("log.raw") { request, context in try await rawLog(request, context) }
            task.get("log.txt") { request, context in try await textLog(request, context) }
            task.get("log/events") { request, context in try await logEvents(request, context) }
        }
    }
}
