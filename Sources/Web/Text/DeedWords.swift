import Store

extension DeedRecord {
    /// What was asked for, such as `Clear of load, and what comes after: 2 tasks`.
    var words: String {
        let what = subject ?? (tasks == nil ? "" : "the run")
        switch verb {
        case .clear:
            var words = "Clear of \(subject ?? "all tasks")"
            if detail["downstream"] != nil { words += ", and what comes after" }
            if detail["upstream"] != nil { words += ", and what comes before" }
            if detail["only_failed"] != nil { words += ", only what failed" }
            return words + count
        case .mark:
            return "Mark of \(what) as \(detail["state"] ?? "")" + count
        case .cancel: return "Cancel of \(what)" + count
        case .rerun:
            let mode = detail["mode"] == "as_it_is_now" ? "as it is now" : "as it was"
            guard let from = detail["from_version"], let to = detail["to_version"] else { return "Run again \(mode)" }
            return "Run again \(mode), version \(to) instead of \(from)" + params
        case .pause: return "Pause"
        case .unpause: return "Resume"
        }
    }

    private var count: String {
        guard let tasks, tasks != 1 || subject == nil else { return "" }
        return ": \(Quantity.count(tasks, "task"))"
    }

    /// The values that params had before.
    private var params: String {
        let mark = "param_before."
        let values = detail.keys.sorted().filter { $0.hasPrefix(mark) }.map { name in
            "\(name.dropFirst(mark.count)) was \(detail[name].flatMap { $0.isEmpty ? nil : $0 } ?? "not there")"
        }
        return values.isEmpty ? "" : ", \(values.joined(separator: ", "))"
    }
}
