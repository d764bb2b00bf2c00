import DAGFile
import Testing

struct IDTests {
    @Test(arguments: [
        ("sales.yaml", "sales"), ("finance/sales.yml", "finance.sales"), ("a/b/c_d-e.yaml", "a.b.c_d-e"),
        ("1st/2nd.yaml", "1st.2nd"), ("sales.v2.yaml", "sales.v2"), ("_x.yaml", "_x"),
    ])
    func `an id is made of folders and name`(path: String, id: String) throws {
        #expect(try DAGFile.id(forPath: path) == id)
    }

    @Test(arguments: [
        "a b.yaml", "ä.yaml", "-x.yaml", ".yaml", "a..b.yaml", "a//b.yaml", "../a.yaml", "a/.hidden/b.yaml",
        "a.yaml.yaml.",
        "a'b.yaml", "sales.json", String(repeating: "x", count: 101) + ".yaml",
        String(repeating: "abcdefghij/", count: 20) + "x.yaml",
    ])
    func `what cannot be an id is refused`(path: String) {
        #expect(throws: DAGIDError.self) { try DAGFile.id(forPath: path) }
    }

    @Test func `the refusal says what to do`() {
        let error = #expect(throws: DAGIDError.self) { try DAGFile.id(forPath: "finance/sales report.yaml") }
        #expect(
            error?.description
                == "'finance/sales report.yaml' cannot be a DAG's id: 'sales report' is not made of letters, digits, '_' and "
                + "'-'. Rename the file or its folder"
        )
    }
}
