import Core
import Testing
import YAML

struct RefusalTests {
    @Test(arguments: [
        (
            "\u{FEFF}a: 1",
            "1:1 the file begins with a byte order mark [save it as UTF-8 without a byte order mark (BOM)]"
        ),
        ("a: 1\nb: x\0y", "2:5 the file contains a NUL byte [remove it; is this a text file?]"),
        (
            "a: \u{1B}[0m",
            "1:4 the control character 0x1B is not allowed [write it as an escape in double quotes, such as \"\\x1b\"]"
        ),
        (
            "a: ü\u{2028}b",
            "1:5 the invisible character U+2028 is not allowed [remove it, or write it as an escape in double quotes: \"\\u2028\"]"
        ),
        (
            "a: \u{85}",
            "1:4 the invisible character U+0085 is not allowed [remove it, or write it as an escape in double quotes: \"\\u0085\"]"
        ),
        (
            "a:\n\tb: 1",
            "2:1 a tab stands where only spaces may [indent with spaces; to have a tab in a text, put it in quotes]"
        ),
        (
            "a:\n  b: 1\n\tc: 1",
            "3:1 a tab stands where only spaces may [indent with spaces; to have a tab in a text, put it in quotes]"
        ),
        ("a: !!int 1", "1:4 tags (beginning with '!') are not known here [quote the text]"),
        ("a: !x {}", "1:4 tags (beginning with '!') are not known here [quote the text]"),
        ("a: &x [*x]", "1:8 the alias '*x' stands inside its own anchor"),
        ("a: *x", "1:4 there is no anchor '&x' before this alias [quote a text with a *]"),
        (
            "a: {}\nb:\n  <<: {c: 1}",
            "3:3 merge keys '<<' are not known here [put what tasks share under defaults, or repeat it by an alias for a whole value]"
        ),
        ("? [a]\n: 1", "1:3 a key must be a plain text [is a quote missing around this text?]"),
        ("'': 1", "1:1 a key is missing before this ':'"),
        ("a: 1\n---\nb: 1", "2:1 a second document begins here; one file holds one"),
        (
            "a: {{ x }}",
            "1:4 a text that begins with '{{' must be in quotes: '{' begins a mapping in YAML [write \"{{ … }}\"]"
        ),
        (
            "a:\n  b: {{ x | y }}/z\n  c: 1",
            "2:6 a text that begins with '{{' must be in quotes: '{' begins a mapping in YAML [write \"{{ … }}\"]"
        ),
        (
            "- {{ x.y }}-1\n",
            "1:3 a text that begins with '{{' must be in quotes: '{' begins a mapping in YAML [write \"{{ … }}\"]"
        ),
        (
            "a: b: c",
            "1:5 a ':' is not possible here [is the line indented like its neighbours? A text that contains ': ' must be in quotes]"
        ),
        ("a: \"x", "1:6 the file ends inside a text in quotes [close the quotes]"),
        (
            "a: [1, 2\nb: 3",
            "2:2 expected ',' or ']' in the list in brackets (it began in line 1) [a text with ',' or ']' in it must be in quotes]"
        ),
        (
            "a: {b: 1\nc: 2",
            "2:2 expected ',' or '}' in the mapping in braces (it began in line 1) [a text with ',' or '}' in it must be in quotes]"
        ),
        (
            "a: \"\\q\"",
            "1:5 an escape that is not known, in a text in double quotes [write \\\\ for a backslash, or use single quotes]"
        ),
        ("a: @x", "1:4 a text cannot begin with this character [put the text in quotes]"),
        (
            "a:\n  b: 1\n c: 2",
            "3:2 expected a key, or the end of the mapping (it began in line 1) [check quotes and the indentation of this line]"
        ),
        (
            "a: 1\nbc\n",
            "3:1 expected ':' after a key (it began in line 2) [is a ':' missing, or an indentation wrong?]"
        ),
    ])
    func `what we do not read is refused with its place and its mend`(text: String, complaint: String) {
        #expect(read(text).complaints == [complaint])
    }

    @Test(arguments: [
        ([0xFF, 0xFE, 0x61, 0x00] as [UInt8], "1:1 the file is not UTF-8, but UTF-16 or binary [save it as UTF-8]"),
        ([0x00, 0x61, 0x00, 0x3A], "1:1 the file is not UTF-8, but UTF-16 or binary [save it as UTF-8]"),
        ([0x61, 0x3A, 0x20, 0xFF], "1:4 the byte 0xFF is not UTF-8 [save the file as UTF-8]"),
        ([0x61, 0x3A, 0x20, 0xC0, 0x80], "1:4 the byte 0xC0 is not UTF-8 [save the file as UTF-8]"),
        ([0x61, 0x3A, 0x20, 0xED, 0xA0, 0x80], "1:4 the byte 0xED is not UTF-8 [save the file as UTF-8]"),
        ([0x61, 0x3A, 0x20, 0xE2, 0x82], "1:4 the byte 0xE2 is not UTF-8 [save the file as UTF-8]"),
    ])
    func `what is not UTF-8 is refused`(bytes: [UInt8], complaint: String) {
        #expect(Document(parsing: bytes).complaints == [complaint])
    }
}
