import AttemptProtocol
import Core
import Glibc
import Logging
import TestKit
import Testing

@testable import Runner

struct HostMeasureTests {
    @Test(arguments: [("12", 12.0), ("0.5 of it\nmore", 0.5), (" 1e3\n", 1_000)])
    func `the first word is the figure`(_ printed: String, _ value: Double) {
        #expect(HostMeasure.figure(Array(printed.utf8)).value == value)
    }

    @Test(arguments: [("", "nothing"), ("many", "'many'"), ("-1", "'-1'"), ("nan", "'nan'"), ("inf", "'inf'")])
    func `what is no figure is a complaint`(_ printed: String, _ words: String) {
        let (value, complaint) = HostMeasure.figure(Array(printed.utf8))
        #expect(value == nil)
        #expect(complaint?.contains(words) == true)
    }

    @Test func `the kernel's own words are read`() {
        #expect(HostLoad.firstLoad("0.42 0.30 0.25 1/234 5678\n") == 0.42)
        #expect(HostLoad.freePart("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable:  250 kB\n") == 0.25)
        #expect(HostLoad.freePart("MemTotal: 1000 kB\n") == nil)
    }

    @Test func `a command is run again and again, and its failures are no figure`() async throws {
        let folder = LocalFixture()
        let path = folder.folder + "/figure"
        TextFile.write("7\n", to: path)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let measure = HostMeasure(command: "cat '\(path)'", pause: .milliseconds(5), logger: logger)
        let running = Task { await measure.run() }
        defer { running.cancel() }
        try await eventually("the figure") { measure.value == 7 }
        TextFile.write("8\n", to: path)
        try await eventually("the next figure") { measure.value == 8 }
        unsafe unlink(path)
        try await eventually("no figure") { measure.value == nil }
    }

    @Test func `a command that does not end is ended`() async throws {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let folder = LocalFixture()
        let witness = folder.folder + "/begun"
        let measure = HostMeasure(
            command: "echo 1 >> '\(witness)'; sleep 1000",
            pause: .milliseconds(5),
            limit: .seconds(3),
            logger: logger
        )
        let running = Task { await measure.run() }
        defer { running.cancel() }
        try await eventually("a second try") { (TextFile.read(witness)?.count ?? 0) >= 4 }
        #expect(measure.value == nil)
    }

    @Test func `a host that dials in tells it`() async throws {
        let fixture = DialInFixture()
        try await fixture.withRunner {
            $0.measureCommand = "echo 42"
        } _: { runner, _ in
            try await eventually("the measure") { await runner.load()?.measure == 42 }
        }
    }
}
