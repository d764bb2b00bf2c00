import Core

extension JSONWriter {
    /// Writes why something does not go on.
    mutating func why(_ answer: WhyAnswer) {
        object { writer in
            writer.member("subject", answer.subject)
            writer.member("id", answer.id)
            writer.member("state", answer.state)
            writer.member("sentence", answer.sentence)
            writer.name("reasons")
            writer.array(answer.reasons) { $0.reason($1) }
        }
    }

    private mutating func reason(_ reason: WhyReason) {
        object { writer in
            writer.member("kind", reason.kind)
            writer.member("task", reason.task)
            writer.member("map_index", reason.mapIndex)
            writer.member("sentence", reason.sentence)
            writer.member("advice", reason.advice)
            writer.member("since", reason.since)
            writer.member("until", reason.until)
            writer.name("details")
            writer.array(reason.details) { $0.detail($1) }
        }
    }

    private mutating func detail(_ detail: WhyDetail) {
        object {
            $0.member("kind", detail.kind)
            $0.member("sentence", detail.sentence)
            $0.member("run", detail.run)
            $0.member("task", detail.task)
            $0.member("map_index", detail.mapIndex)
            $0.member("runner", detail.runner)
            $0.member("state", detail.state)
            $0.member("slots", detail.slots)
            $0.member("since", detail.since)
        }
    }
}
