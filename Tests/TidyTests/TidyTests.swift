import TestKit
import Testing

/// Rules of this code base that a machine can check.
struct TidyTests {
    private static let sources = SourceTree.files(in: "Sources")
    private static let tests = SourceTree.files(in: "Tests")

    /// Lines of files, with their places, that hold one of the words.
    private static func lines(of files: [String], holding words: [String]) -> [String] {
        files.flatMap { file in
            (SourceTree.text(file) ?? "").split(separator: "\n", omittingEmptySubsequences: false).enumerated()
                .filter { _, line in words.contains { line.contains($0) } }
                .map { "\(file):\($0.offset + 1): \($0.element)" }
        }
    }

    @Test func `Core imports nothing but the standard library`() {
        let core = Self.sources.filter { $0.hasPrefix("Sources/Core/") }
        #expect(core.count > 50, "the files were found")
        #expect(
            Self.lines(of: core, holding: ["import "]).filter { $0.contains(": import") || $0.contains(" import ") }
                .filter { !$0.contains("///") && !$0.contains("import _StringProcessing") } == []
        )
    }

    @Test func `Core reads no clock and draws no lots`() {
        let core = Self.sources.filter { $0.hasPrefix("Sources/Core/") }
        #expect(Self.lines(of: core, holding: [".random(", "ContinuousClock", "SystemRandomNumberGenerator"]) == [])
    }

    @Test func `nothing imports the large Foundation`() {
        #expect(
            Self.lines(of: Self.sources, holding: ["import Foundation"]).filter { !$0.contains("FoundationEssentials") }
                == []
        )
    }

    @Test func `SQL stands only in Store`() {
        let others = Self.sources.filter {
            !$0.hasPrefix("Sources/Store/") && !$0.hasPrefix("Sources/Postgres/")
                && !$0.hasPrefix("Sources/Benchmarks/")
        }
        let words = ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE ", "\"WITH ", " FROM dag", " FROM task_instance"]
        #expect(Self.lines(of: others, holding: words) == [])
    }

    @Test func `every function that looks like a test carries @Test`() {
        for file in Self.tests {
            let lines = (SourceTree.text(file) ?? "").split(separator: "\n", omittingEmptySubsequences: false)
            for (index, line) in lines.enumerated() where line.contains("func `") {
                // The attribute with its arguments may take several lines, up to the blank one before it.
                let above = lines[..<index].reversed().prefix { !$0.isEmpty && !$0.hasPrefix("    }") }
                let isTest = line.contains("@Test") || above.contains { $0.contains("@Test") }
                #expect(isTest, "\(file):\(index + 1) is never run")
            }
        }
    }

    @Test func `no work is left for later under a word`() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X ", "fatal" + "Error("]
        #expect(Self.lines(of: Self.sources, holding: words) == [])
    }

    @Test func `no test waits for any child that ends`() {
        // The monitor of exit tests does, and turns for ever when another test's child has not been waited for.
        #expect(Self.lines(of: Self.tests, holding: ["processExits" + "With"]) == [])
    }

    @Test func `no pipe can be inherited by what another thread spawns meanwhile`() {
        // Who waits for the end of such a pipe waits until that other process has ended.
        let threaded = Self.sources.filter { !$0.hasPrefix("Sources/Benchmarks/") }
        #expect(Self.lines(of: threaded, holding: [" pipe(", ".pipe("]) == [])
    }

    @Test func `no file is the one that everybody fears`() {
        for file in Self.sources {
            let count = (SourceTree.text(file) ?? "").count { $0 == "\n" }
            #expect(count <= 450, "\(file) has \(count) lines: which nouns are in it?")
        }
    }
}
