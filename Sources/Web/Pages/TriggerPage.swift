import Core
import Hummingbird
import Scheduler
import Store

/// What the form that starts a run shows.
struct TriggerView: Sendable {
    let name: String
    let action: String
    let back: String
    let formKey: String
    let fields: [ParamFieldView]
    let logicalDate: String
    let dateError: String?
    /// Whether the part with what is seldom wanted is open.
    let isMoreOpen: Bool
    let errors: [FormErrorView]
    let hasErrors: Bool
    /// The run whose params are shown instead of the defaults.
    let source: SourceRunView?
    /// The latest runs, whose params may be taken.
    let earlier: [SourceRunView]
    let hasEarlier: Bool
}

/// A run whose params may be taken for another.
struct SourceRunView: Sendable {
    let key: String
    let words: String
    let isChosen: Bool

    init(_ run: RunRecord, chosen: String?, now: Timestamp) {
        key = run.name.key
        words = "\(Moment(run.logicalDate, now: now).text), \(Badge(run.state).word.lowercased())"
        isChosen = run.name.key == chosen
    }
}

/// A complaint at the head of a form.
struct FormErrorView: Sendable {
    let text: String
    /// The id of the field it is about.
    let anchor: String?
}

/// One param as a control.
struct ParamFieldView: Sendable {
    let id: String
    let field: String
    let label: String
    let help: String?
    let isRequired: Bool
    let isCheckbox: Bool
    let isChecked: Bool
    let isGroup: Bool
    let isSelect: Bool
    let isArea: Bool
    let inputType: String?
    let step: String?
    let minimum: String?
    let maximum: String?
    let current: String
    let options: [OptionView]
    let error: String?

    /// At most so many values are radio buttons.
    private static let mostRadios = 7

    init(_ param: Param, given: String?, error: String?) {
        id = "p-\(param.name)"
        field = "p.\(param.name)"
        label = param.name
        let value = given ?? param.defaultText ?? ""
        isRequired = param.isRequired && param.type != .boolean
        isCheckbox = param.type == .boolean && param.choices.isEmpty
        isChecked = isCheckbox && value == "true"
        isGroup = !param.choices.isEmpty && param.choices.count <= Self.mostRadios
        isSelect = param.choices.count > Self.mostRadios
        isArea = param.type == .json && param.choices.isEmpty
        let isPlain = !isCheckbox && !isGroup && !isSelect && !isArea
        // A control of a type shows nothing of what is not of that type, and what was typed is to stay.
        inputType = isPlain ? error == nil ? Self.inputType(of: param.type) : "text" : nil
        let isTyped = inputType != "text"
        step = isTyped ? param.type == .integer ? "1" : param.type == .number ? "any" : nil : nil
        minimum = isTyped ? param.minimum.map(Self.number) : nil
        maximum = isTyped ? param.maximum.map(Self.number) : nil
        current = value
        options = param.choices.map { OptionView(field: "p.\(param.name)", value: $0, isChosen: $0 == value) }
        help = Self.help(for: param)
        self.error = error
    }

    private static func inputType(of type: ValueType) -> String {
        switch type {
        case .integer, .number: "number"
        case .date: "date"
        // A browser's own picker for times knows no zone.
        case .string, .boolean, .datetime, .json: "text"
        }
    }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? "\(Int(value))" : "\(value)"
    }

    private static func help(for param: Param) -> String? {
        var parts: [String] = []
        if let description = param.description { parts.append(description) }
        if param.type == .datetime || param.type == .json {
            parts.append(RequestError.capitalized(param.type.expectation))
        }
        if let pattern = param.pattern { parts.append("must match \(pattern.source)") }
        return parts.isEmpty ? nil : parts.joined(separator: " · ")
    }
}

/// One value of a param with few.
struct OptionView: Sendable {
    let field: String
    let value: String
    let isChosen: Bool
}

extension Site {
    /// Shows the form that starts a run.
    func triggerPage(_ request: Request, _ context: WebContext) async throws -> Response {
        try await triggerForm(FormFields(), problems: [:], dateError: nil, status: .ok, request, context)
    }

    /// Starts a run, or shows the form again with what is wrong beside each field and the values kept.
    func trigger(_ request: Request, _ context: WebContext) async throws -> Response {
        let fields = try await form(request, context)
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        var params: [String: String] = [:]
        for param in definition?.params ?? [] {
            if let value = Self.value(of: param, in: fields) { params[param.name] = value }
        }
        var logicalDate: Timestamp?
        if let text = fields.filled("logical_date") {
            guard let instant = Self.instant(text, zone: definition?.schedule?.timetable.zone) else {
                let sentence = "Write a date and time, such as 2026-08-21T04:30:00Z."
                return try await triggerForm(
                    fields,
                    problems: Self.problems(of: params, definition),
                    dateError: sentence,
                    status: .unprocessableContent,
                    request,
                    context
                )
            }
            logicalDate = instant
        }
        do {
            let run = try await operations.trigger(
                dag: record.name,
                params: params,
                logicalDate: logicalDate,
                actor: context.visitor.actor,
                idempotencyKey: fields.filled("once").map { "form:\($0)" }
            )
            return redirect(to: Banner.path(Address.run(run), done: "triggered"))
        } catch OperationError.invalidParams(let problems) {
            return try await triggerForm(
                fields,
                problems: problems,
                dateError: nil,
                status: .unprocessableContent,
                request,
                context
            )
        }
    }

    /// The run whose params the address asks for; nil where it names none.
    private func sourceRun(of record: DAGRecord, _ request: Request) async throws -> RunRecord? {
        guard let key = query(request).filled("from") else { return nil }
        if let name = try await store.resolve(RunName(dag: record.name, key: key)), let run = try await store.run(name)
        {
            return run
        }
        throw RequestError.notFound(
            "The DAG '\(record.name)' has no run '\(key.shortened)'.",
            nearest: Link(path: "\(Address.dag(record.name))/trigger", text: "Trigger \(record.name)")
        )
    }

    /// What is wrong with params, by their names.
    private static func problems(of params: [String: String], _ definition: DAG?) -> [String: String] {
        guard case .failure(let found)? = definition?.resolveParams(params) else { return [:] }
        return Dictionary(found.errors.map { ($0.param, $0.description) }) { "\($0)\n\($1)" }
    }

    /// The text given for a param; nil leaves the choice to its default.
    private static func value(of param: Param, in fields: FormFields) -> String? {
        // A box that is not ticked sends nothing.
        if param.type == .boolean, param.choices.isEmpty {
            return fields["p.\(param.name)"] == nil ? "false" : "true"
        }
        guard let text = fields["p.\(param.name)"] else { return nil }
        // An empty text is a value only where texts are wanted.
        if text.isEmpty, param.type != .string || param.isRequired { return nil }
        return text
    }

    private static func instant(_ text: String, zone: TimeZoneRules?) -> Timestamp? {
        if let instant = Timestamp(rfc3339: text) { return instant }
        guard let local = LocalTime(text) else { return nil }
        return zone.map { $0.instant(of: local) } ?? Timestamp(local, offset: 0)
    }

    private func triggerForm(
        _ fields: FormFields,
        problems: [String: String],
        dateError: String?,
        status: HTTPResponse.Status,
        _ request: Request,
        _ context: WebContext
    ) async throws -> Response {
        let now = try await store.now()
        let record = try await requireDAG(context)
        let definition = try await definitions.definition(of: record)
        let isFirst = fields.pairs.isEmpty
        let params = definition?.params ?? []
        let source = try await sourceRun(of: record, request)
        let taken = source.map { ParamTexts.values($0.params) } ?? [:]
        let views = params.map { param in
            let sent = fields["p.\(param.name)"] ?? (param.type == .boolean ? "false" : nil)
            let given = isFirst ? taken[param.name] : sent
            return ParamFieldView(param, given: given, error: problems[param.name].map(RequestError.capitalized))
        }
        var errors = params.compactMap { param in
            problems[param.name].map { FormErrorView(text: RequestError.capitalized($0), anchor: "p-\(param.name)") }
        }
        let known = Set(params.map(\.name))
        for name in problems.keys.sorted() where !known.contains(name) {
            errors.append(FormErrorView(text: RequestError.capitalized(problems[name] ?? ""), anchor: nil))
        }
        if let dateError { errors.append(FormErrorView(text: dateError, anchor: "logical_date")) }
        let path = Address.dag(record.name)
        let filter = RunFilter(dag: record.name)
        let runs = params.isEmpty || !isFirst ? [] : try await store.runs(filter, after: nil, limit: 10).items
        let view = TriggerView(
            name: record.name,
            action: "\(path)/trigger",
            back: path,
            formKey: context.visitor.formKey,
            fields: views,
            logicalDate: fields["logical_date"] ?? "",
            dateError: dateError,
            isMoreOpen: dateError != nil || fields.filled("logical_date") != nil,
            errors: errors,
            hasErrors: !errors.isEmpty,
            source: source.map { SourceRunView($0, chosen: nil, now: now) },
            earlier: runs.map { SourceRunView($0, chosen: source?.name.key, now: now) },
            hasEarlier: !runs.isEmpty
        )
        var page = PageView(title: "Trigger \(record.name) · Rota", section: .dags)
        page.crumbs = [
            CrumbView("DAGs", path: "/dags"), CrumbView(record.name, path: path), CrumbView("Trigger"),
        ]
        if !errors.isEmpty { page.title = "Not started: " + page.title }
        return respond(page, "trigger", view, to: request, context, now: now, status: status)
    }
}
