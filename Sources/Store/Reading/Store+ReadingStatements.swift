import Core
package import Postgres

extension Store {
    /// Every statement that reads the nouns, for the test that prepares each against the migrated schema.
    package static var readingStatements: [Statement] {
        let single = [
            dagsStatement, dagStatement, dagNamesStatement, versionsStatement, sourceStatement, runStatement,
            latestStatement, latestFailedStatement, hasDAGStatement, tasksStatement, instancesStatement,
            taskNamesStatement, runnersStatement, poolsStatement, backfillsStatement, backfillStatement,
            fileErrorsStatement, fileErrorStatement, logBytesStatement, logAfterHoleStatement, logExtentStatement,
        ]
        let states: [[RunState]] = [[]] + RunState.allCases.map { [$0] } + [[.queued, .running], RunState.allCases]
        let listings = states.flatMap { states in
            [nil, "sales"].flatMap { dag in
                [
                    RunFilter(dag: dag, states: states),
                    RunFilter(dag: dag, states: states, from: .epoch, backfill: 1),
                    RunFilter(dag: dag, states: states, since: .epoch, dags: [1]),
                ]
                .flatMap { filter in
                    [true, false].map { runsStatement(filter, isFirstPage: $0) }
                        + [countStatement(filter), chartStatement(filter)]
                }
            }
        }
        return single + listings
    }
}
