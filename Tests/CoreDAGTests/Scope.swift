import Core

/// A clock one hour east of UTC in winter and two in summer, by the system's zone data where the test needs it.
struct UnknownZone: Error, CustomStringConvertible {
    var description: String
}

/// A scope with a few params and two ancestors.
func scope(
    zone: @escaping (String) throws -> TimeZoneRules = { throw UnknownZone(description: "no zone '\($0)'") }
)
    -> ReferenceScope
{
    var scope = ReferenceScope(
        params: [
            "region": .string, "limit": .integer, "share": .number, "full": .boolean, "day": .date, "list": .json,
        ],
        zone: zone
    )
    scope.taskID = "load"
    let outputs = [
        "extract": [
            OutputDeclaration(name: "rows", type: .integer), OutputDeclaration(name: "files", type: .json),
            OutputDeclaration(name: "seen", type: .datetime), OutputDeclaration(name: "label", type: .string),
        ],
        "clean": [], "later": [], "load": [],
    ]
    scope.outputs = { outputs[$0] }
    scope.isAncestor = { $0 == "extract" || $0 == "clean" }
    scope.taskIDs = { outputs.keys.sorted() }
    return scope
}

/// The context of a run of 2026-08-21.
func context(
    zone: TimeZoneRules = .utc,
    outputs: [String: [String: String]] = ["extract": ["rows": "12", "files": "[\"a\",1,true]", "label": "1.10"]]
) -> EvaluationContext {
    let tick = Timestamp(rfc3339: "2026-08-21T04:30:00Z") ?? .epoch
    var context = EvaluationContext(
        dagID: "sales",
        runID: "sales/2026-08-21T043000Z",
        runType: "scheduled",
        logicalDate: tick,
        dataIntervalStart: tick - .seconds(86_400),
        dataIntervalEnd: tick,
        taskID: "load",
        zone: zone
    )
    context.params = [
        "region": "emea", "limit": "007", "share": "0.50", "full": "true", "day": "2024-03-31", "list": "[]",
    ]
    context.outputs = outputs
    return context
}
