/// A data type of PostgreSQL, by its object id in the catalog.
package struct PostgresType: Sendable, Hashable {
    package let oid: UInt32

    package static let bool = PostgresType(oid: 16)
    package static let bytea = PostgresType(oid: 17)
    package static let char = PostgresType(oid: 18)
    package static let name = PostgresType(oid: 19)
    package static let int8 = PostgresType(oid: 20)
    package static let int2 = PostgresType(oid: 21)
    package static let int4 = PostgresType(oid: 23)
    package static let text = PostgresType(oid: 25)
    package static let objectID = PostgresType(oid: 26)
    package static let json = PostgresType(oid: 114)
    package static let float4 = PostgresType(oid: 700)
    package static let float8 = PostgresType(oid: 701)
    package static let unknown = PostgresType(oid: 705)
    package static let bpchar = PostgresType(oid: 1042)
    package static let varchar = PostgresType(oid: 1043)
    package static let timestamp = PostgresType(oid: 1114)
    package static let timestamptz = PostgresType(oid: 1184)
    package static let interval = PostgresType(oid: 1186)
    package static let numeric = PostgresType(oid: 1700)
    package static let void = PostgresType(oid: 2278)
    package static let uuid = PostgresType(oid: 2950)
    package static let jsonb = PostgresType(oid: 3802)

    package static let boolArray = PostgresType(oid: 1000)
    package static let byteaArray = PostgresType(oid: 1001)
    package static let nameArray = PostgresType(oid: 1003)
    package static let int2Array = PostgresType(oid: 1005)
    package static let int4Array = PostgresType(oid: 1007)
    package static let textArray = PostgresType(oid: 1009)
    package static let bpcharArray = PostgresType(oid: 1014)
    package static let varcharArray = PostgresType(oid: 1015)
    package static let int8Array = PostgresType(oid: 1016)
    package static let float4Array = PostgresType(oid: 1021)
    package static let float8Array = PostgresType(oid: 1022)
    package static let timestamptzArray = PostgresType(oid: 1185)
    package static let jsonArray = PostgresType(oid: 199)
    package static let uuidArray = PostgresType(oid: 2951)
    package static let jsonbArray = PostgresType(oid: 3807)

    private static let arrays: Set<PostgresType> = [
        .boolArray, .byteaArray, .nameArray, .int2Array, .int4Array, .textArray, .bpcharArray, .varcharArray,
        .int8Array, .float4Array, .float8Array, .timestamptzArray, .jsonArray, .uuidArray, .jsonbArray,
    ]

    private static let names: [PostgresType: String] = [
        .bool: "boolean", .bytea: "bytea", .char: "\"char\"", .name: "name", .int8: "bigint", .int2: "smallint",
        .int4: "integer", .text: "text", .objectID: "oid", .json: "json", .float4: "real",
        .float8: "double precision", .unknown: "unknown", .bpchar: "char(n)", .varchar: "varchar",
        .timestamp: "timestamp without time zone", .timestamptz: "timestamptz", .interval: "interval",
        .numeric: "numeric", .void: "void", .uuid: "uuid", .jsonb: "jsonb", .boolArray: "boolean[]",
        .byteaArray: "bytea[]", .nameArray: "name[]", .int2Array: "smallint[]", .int4Array: "integer[]",
        .textArray: "text[]", .bpcharArray: "char(n)[]", .varcharArray: "varchar[]", .int8Array: "bigint[]",
        .float4Array: "real[]", .float8Array: "double precision[]", .timestamptzArray: "timestamptz[]",
        .jsonArray: "json[]", .uuidArray: "uuid[]", .jsonbArray: "jsonb[]",
    ]

    var isArray: Bool { Self.arrays.contains(self) }
}

extension PostgresType: CustomStringConvertible {
    package var description: String { Self.names[self] ?? "the type with oid \(oid)" }
}
