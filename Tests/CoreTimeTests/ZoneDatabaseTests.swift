import Core
import Testing
import Zones

struct ZoneDatabaseTests {
    @Test(arguments: [
        ("Europe/Berln", "unknown time zone 'Europe/Berln'; did you mean 'Europe/Berlin'?"),
        ("berlin", "unknown time zone 'berlin'; did you mean 'Europe/Berlin'?"),
        ("europe/berlin", "unknown time zone 'europe/berlin'; did you mean 'Europe/Berlin'?"),
        ("New York", "unknown time zone 'New York'; did you mean 'America/New_York'?"),
        ("Mars/Olympus", "unknown time zone 'Mars/Olympus'; use an IANA name such as 'Europe/Berlin' or 'UTC'"),
        ("Europe", "unknown time zone 'Europe'; use an IANA name such as 'Europe/Berlin' or 'UTC'"),
        (
            "../../etc/passwd",
            "'../../etc/passwd' is not a time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"
        ),
        ("/etc/localtime", "'/etc/localtime' is not a time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"),
        ("localtime", "'localtime' is not a time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"),
        ("", "'' is not a time zone; use an IANA name such as 'Europe/Berlin' or 'UTC'"),
    ])
    func `a name that is no zone is refused, with the nearest one`(name: String, message: String) {
        let error = #expect(throws: ZoneError.self) { try ZoneDatabase().rules(for: name) }
        #expect(error?.description == message)
    }

    @Test func `without a database UTC is known, and others say what is missing`() throws {
        let zones = ZoneDatabase(directory: "/nonexistent")
        #expect(try zones.rules(for: "UTC") == .utc)
        let error = #expect(throws: ZoneError.self) { try zones.rules(for: "Europe/Berlin") }
        #expect(
            error?.description
                == "there is no time zone database in /nonexistent. Install the package 'tzdata', or set TZDIR to its folder."
        )
        #expect(zones.version == nil)
    }

    @Test func `an update of a zone's file and of the version is noticed`() throws {
        let folder = try TemporaryFolder()
        let system = ZoneDatabase().directory
        try folder.write(Fixture.bytes(of: "\(system)/Europe/Berlin"), to: "Here")
        try folder.write(Fixture.bytes(of: "\(system)/Asia/Tokyo"), to: "There")
        try folder.write(Array("# version 2026a\n# more\n".utf8), to: "tzdata.zi")
        let zones = ZoneDatabase(directory: folder.path)
        let noon = Timestamp(seconds: 1_800_000_000)
        #expect(try zones.rules(for: "Here").offset(at: noon) == 3600)
        #expect(try zones.rules(for: "There").offset(at: noon) == 32_400)
        #expect(zones.version == "2026a")
        #expect(zones.names() == ["Here", "There"])
        #expect(zones.refresh().isEmpty)

        try folder.write(Fixture.bytes(of: "\(system)/Asia/Kolkata"), to: "new")
        folder.rename("new", to: "Here")
        try folder.write(Array("2026b\n".utf8), to: "+VERSION")
        folder.remove("tzdata.zi")
        #expect(zones.refresh() == ["Here"])
        #expect(try zones.rules(for: "Here").offset(at: noon) == 19_800)
        #expect(zones.version == "2026b")

        // An update that has only begun leaves the rules as they are.
        try folder.write(Array("TZif".utf8), to: "Here")
        #expect(zones.refresh().isEmpty)
        folder.remove("There")
        #expect(zones.refresh().isEmpty)
        #expect(try zones.rules(for: "There").offset(at: noon) == 32_400)
    }
}
