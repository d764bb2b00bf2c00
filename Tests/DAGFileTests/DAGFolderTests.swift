import Core
import DAGFile
import Glibc
import Testing
import YAML

struct DAGFolderTests {
    private let temporary: TemporaryFolder
    private let folder: DAGFolder

    init() throws {
        temporary = try TemporaryFolder()
        folder = DAGFolder(path: temporary.path)
    }

    @Test func `DAG files are found at any depth, and nothing else`() throws {
        for name in [
            "b.yaml", "a.yml", "x/c.yaml", "x/y/d.yaml", "notes.txt", ".hidden.yaml", ".git/e.yaml",
            "calendars/de.yaml", "calendars/old/fr.yaml", "x/calendars/f.yaml",
        ] {
            try temporary.write(name)
        }
        let scan = try folder.scan()
        #expect(scan.files.map(\.path) == ["a.yml", "b.yaml", "x/c.yaml", "x/calendars/f.yaml", "x/y/d.yaml"])
        #expect(scan.files.map(\.id) == ["a", "b", "x.c", "x.calendars.f", "x.y.d"])
        #expect(scan.calendars.map(\.path) == ["calendars/de.yaml"])
        #expect(scan.calendars.map(\.id) == ["de"])
        #expect(scan.folders == ["", "calendars", "x", "x/calendars", "x/y"])
        #expect(scan.problems == [])
    }

    @Test func `a .rotaignore leaves out what it names`() throws {
        for name in [
            "a.yaml", "old.yaml", "x/old.yaml", "x/tmp/b.yaml", "tmp.yaml", "lib/deep/c.yaml", "lib/d.yaml", "k1.yaml",
        ] {
            try temporary.write(name)
        }
        try temporary.write(".rotaignore", "# comment\nold.yaml\ntmp/\n/lib/**/c.yaml\nk?.yaml  \n")
        #expect(try folder.scan().files.map(\.path) == ["a.yaml", "lib/d.yaml", "tmp.yaml"])
    }

    @Test func `two files of one id are both refused`() throws {
        try temporary.write("a.yaml")
        try temporary.write("a.yml")
        try temporary.write("x/b.yaml")
        try temporary.write("x.b.yaml")
        let scan = try folder.scan()
        #expect(scan.files == [])
        #expect(
            scan.problems.map(\.description) == [
                "a.yaml:1:1: error: the DAG id 'a' is also that of a.yml. Rename one of them",
                "a.yml:1:1: error: the DAG id 'a' is also that of a.yaml. Rename one of them",
                "x.b.yaml:1:1: error: the DAG id 'x.b' is also that of x/b.yaml. Rename one of them",
                "x/b.yaml:1:1: error: the DAG id 'x.b' is also that of x.b.yaml. Rename one of them",
            ]
        )
    }

    @Test func `only regular files in the folder count`() throws {
        let elsewhere = try TemporaryFolder()
        try elsewhere.write("outside.yaml")
        try temporary.write("inside.yaml")
        temporary.run(
            """
            mkfifo "$1/pipe.yaml"; ln -s inside.yaml "$1/link.yaml"; ln -s "\(elsewhere.path)/outside.yaml" "$1/out.yaml"
            ln -s nowhere "$1/dangling.yaml"; ln -s /dev/zero "$1/device.yaml"; ln -s . "$1/round"
            mkdir "$1/folder.yaml"; printf x > "$1/bad name.yaml"; truncate -s 2M "$1/big.yaml"
            """
        )
        let scan = try folder.scan()
        #expect(scan.files.map(\.path) == ["inside.yaml", "link.yaml"])
        #expect(
            scan.problems.map(\.path) == [
                "bad name.yaml", "big.yaml", "dangling.yaml", "device.yaml", "out.yaml", "pipe.yaml",
            ]
        )
        #expect(scan.problems[1].message == "the file has 2097152 bytes; at most 1048576 are allowed")
        #expect(scan.problems[5].message == "'pipe.yaml' is not a regular file in the DAG folder")
        #expect(scan.folders == ["", "folder.yaml"])
    }

    @Test func `a file is read as it is, and a change is seen without reading`() throws {
        try temporary.write("a.yaml", "tasks: {one: }")
        let before = try #require(folder.scan().files.first)
        #expect(String(decoding: try folder.read(before).bytes, as: UTF8.self) == "tasks: {one: }")
        #expect(try folder.scan().files.first?.isUnchanged(since: before) == true)
        temporary.run("printf 'tasks: {two: }' > \"$1/new\" && mv \"$1/new\" \"$1/a.yaml\"")
        #expect(try folder.scan().files.first?.isUnchanged(since: before) == false)
        temporary.run("rm \"$1/a.yaml\"; mkfifo \"$1/a.yaml\"")
        #expect(throws: FolderError.notARegularFile(path: "a.yaml")) { try folder.read(before) }
        temporary.run("rm \"$1/a.yaml\"")
        #expect(throws: FolderError.unreadableFile(path: "a.yaml", code: ENOENT)) { try folder.read(before) }
    }

    @Test func `a folder that is gone or suddenly empty is an error`() throws {
        try temporary.write("a.yaml")
        #expect(try folder.scan(previous: 5).files.count == 1)
        temporary.run("rm \"$1/a.yaml\"")
        #expect(try folder.scan().files == [])
        #expect(throws: FolderError.suddenlyEmpty(path: temporary.path, before: 1)) { try folder.scan(previous: 1) }
        temporary.run("rm -rf \"$1\"")
        let error = #expect(throws: FolderError.self) { try folder.scan() }
        #expect(error == .unreadable(path: temporary.path, code: ENOENT))
        #expect(error?.description.contains("cannot be read: No such file or directory") == true)
        temporary.run("printf x > \"$1\"")
        #expect(throws: FolderError.unreadable(path: temporary.path, code: ENOTDIR)) { try folder.scan() }
    }

    @Test func `a folder of more entries than anybody means is refused`() throws {
        for name in ["a.yaml", "b.yaml", "c.yaml"] { try temporary.write(name) }
        var small = folder
        small.mostEntries = 3
        #expect(throws: FolderError.tooManyEntries(path: temporary.path, limit: 3)) { try small.scan() }
    }

    @Test(arguments: [
        ("*.yaml", "a.yaml", true), ("a*", "a/b", false), ("a/**", "a/b/c", true), ("a/**/c", "a/c", true),
        ("**/c", "x/y/c", true), ("a?c", "abc", true), ("a?c", "a/c", false),
        ("*a*a*a*a*b", "aaaaaaaaaaaaaaaaaaaaaaaa", false),
    ])
    func `patterns mean what they do in a gitignore`(pattern: String, path: String, expected: Bool) throws {
        try temporary.write(".rotaignore", "/" + pattern)
        try temporary.write(path.hasSuffix(".yaml") ? path : path + ".d/x.yaml")
        // As a folder, the path itself with its ending is what is matched.
        try temporary.write(".rotaignore", path.hasSuffix(".yaml") ? "/" + pattern : "/" + pattern + ".d")
        #expect(try folder.scan().files.isEmpty == expected)
    }
}
