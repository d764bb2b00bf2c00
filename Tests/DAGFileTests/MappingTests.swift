import Core
import DAGFile
import Testing

struct MappingTests {
    private static func complaints(_ tasks: String) -> [String] {
        parse("params:\n  region: {default: emea}\n  files: {type: json, default: []}\ntasks:\n  \(tasks)\n").complaints
            .map { $0.split(separator: " ", maxSplits: 1).last.map(String.init) ?? $0 }
    }

    private static let extract = "extract: {run: x, outputs: {files: json, rows: integer}}"

    @Test func `every kind of list is read`() throws {
        let result = parse(
            """
            params:
              files: {type: json, default: []}
              region: {default: emea}
            tasks:
              \(Self.extract)
              literal: {for_each: [a, 1.10, "{{ params.region }}", {b: 2}], env: {X: "{{ item }}"}, run: x}
              value: {needs: extract, for_each: "{{ tasks.extract.outputs.files }}", max_parallel: 8, run: x}
              product:
                for_each: {region: [emea, amer], file: "{{ params.files }}"}
                env: {X: "{{ item.region }}{{ item.file.name }}{{ item_index }}"}
                when: item.region == "emea"
                run: x
              follower: {needs: extract, for_each: {same_as: value}, when: item.size > 3, run: x}
            """
        )
        #expect(result.complaints == [])
        let dag = try #require(result.dag)
        let tasks = Dictionary(uniqueKeysWithValues: dag.tasks.map { ($0.id, $0) })
        #expect(tasks["value"]?.maximumParallel == 8)
        #expect(tasks["follower"]?.mapping == .counterpart(task: "value"))
        #expect(tasks["follower"]?.needs == ["extract", "value"])
        guard case .list(.elements(let elements)) = tasks["literal"]?.mapping else {
            Issue.record("it is no list")
            return
        }
        #expect(elements[0] == .value(.string("a")))
        #expect(elements[1] == .value(.number("1.10")))
        #expect(elements[3] == .value(.object([.init(name: "b", value: .number("2"))])))
    }

    @Test func `outputs of a mapped task are a list, and a follower's are its counterpart's`() {
        let tasks = """
            clean: {for_each: [1, 2], run: x, outputs: {rows: integer}}
              check: {for_each: {same_as: clean}, when: tasks.clean.outputs.rows > 3, run: x}
              load: {needs: clean, when: 3 in tasks.clean.outputs.rows, run: x}
            """
        #expect(Self.complaints(tasks) == [])
        let compared =
            "clean: {for_each: [1], run: x, outputs: {rows: integer}}\n  load: {needs: clean, when: tasks.clean.outputs.rows > 3, run: x}"
        #expect(Self.complaints(compared) == ["JSON cannot be compared [look for a value in a JSON list with in]"])
    }

    @Test(arguments: [
        (
            "b: {for_each: abc, run: x}",
            "'for_each' must be a list; 'abc' is a text [write [abc], or a template that gives a JSON list]"
        ),
        (
            "b: {for_each: \"{{ params.region }}\", run: x}",
            "'for_each' must be a JSON list, but params.region is of type string [declare it as json]"
        ),
        (
            "\(extract)\n  b: {needs: extract, for_each: \"{{ tasks.extract.outputs.rows }}\", run: x}",
            "'for_each' must be a JSON list, but tasks.extract.outputs.rows is of type integer [declare it as json]"
        ),
        (
            "\(extract)\n  b: {for_each: \"{{ tasks.extract.outputs.files }}\", run: x}",
            "task 'b' uses an output of 'extract', but does not run after it [add 'extract' to the needs of 'b']"
        ),
        (
            "b: {for_each: [\"{{ item }}\"], run: x}",
            "'item' has no meaning here: it is known in a mapped task only [a task with for_each has one in its env, http and when]"
        ),
        (
            "b: {env: {X: \"{{ item_index }}\"}, run: x}",
            "'item_index' has no meaning here: it is known in a mapped task only [a task with for_each has one in its env, http and when]"
        ),
        (
            "b: {for_each: params.files, run: x}",
            "'for_each' must be a list; 'params.files' is a text [a value is written in braces: \"{{ params.files }}\"]"
        ),
        ("b: {for_each: {same_as: b}, run: x}", "task 'b' cannot be the same as itself"),
        (
            "\(extract)\n  b: {for_each: {same_as: extrct}, run: x}",
            "unknown task 'extrct' in same_as of 'b' [did you mean 'extract'?]"
        ),
        (
            "\(extract)\n  b: {for_each: {same_as: extract}, run: x}",
            "task 'extract' has no instances to follow: it has no for_each [give 'extract' a for_each, or write a list here]"
        ),
        (
            "b: {for_each: {same_as: c, x: [1]}, run: x}\n  c: {for_each: [1], run: x}",
            "'same_as' cannot stand beside lists: the instances are those of the other task"
        ),
        (
            "b: {for_each: {a: [1], c: [2]}, env: {X: \"{{ item.d }}\"}, run: x}",
            "item has no field 'd' in every instance; fields: a, c [did you mean 'item.a'?]"
        ),
        (
            "b: {for_each: [{a: 1}, {b: 2}], env: {X: \"{{ item.a }}\"}, run: x}",
            "item has no field 'a' in every instance; fields: "
        ),
        ("b: {max_parallel: 3, run: x}", "warning: 'max_parallel' has no effect in task 'b', which has no 'for_each'"),
        (
            "b: {matrix: {a: [1]}, run: x}",
            "unknown key 'matrix' in task 'b' [write it as 'for_each', a mapping of names to lists]"
        ),
        (
            "b: {for_each: {}, run: x}",
            "'for_each' of task 'b' has no list"
        ),
    ])
    func `what cannot be mapped over is refused with a sentence`(tasks: String, complaint: String) {
        #expect(Self.complaints(tasks).first == complaint)
    }

    @Test func `a list that is too long is refused`() {
        let hundred = "[" + Array(repeating: "1", count: 101).joined(separator: ", ") + "]"
        let tasks = "b: {for_each: {a: \(hundred), c: \(hundred)}, run: x}"
        #expect(Self.complaints(tasks) == ["task 'b' would have 10201 instances; at most 10000"])
    }
}
