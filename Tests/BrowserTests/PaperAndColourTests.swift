import BrowserKit
import Core
import TestKit
import Testing

extension BrowserTests {
    /// Paper, other eyes, and settings of the system.
    struct PaperAndColourTests {
        /// The ΔE of CIEDE2000 between the colours of two states, as seen by eyes that lack a sort of cone.
        ///
        /// Machado, Oliveira and Fernandes 2009, severity 1; grey by luminance.
        private static let distance = """
            (async (first, second, eyes) => {
              const matrices = {
                none: [1,0,0, 0,1,0, 0,0,1],
                protanopia: [0.152286,1.052583,-0.204868, 0.114503,0.786281,0.099216, -0.003882,-0.048116,1.051998],
                deuteranopia: [0.367322,0.860646,-0.227968, 0.280085,0.672501,0.047413, -0.011820,0.042940,0.968881],
                tritanopia: [1.255528,-0.076749,-0.178779, -0.078411,0.930809,0.147602, 0.004733,0.691367,0.303900],
                achromatopsia: [0.2126,0.7152,0.0722, 0.2126,0.7152,0.0722, 0.2126,0.7152,0.0722],
              };
              const lab = (name) => {
                const probe = document.createElement("span");
                probe.className = name;
                document.body.append(probe);
                let rgb = getComputedStyle(probe).backgroundColor.match(/[\\d.]+/g).slice(0, 3).map((part) => part / 255);
                probe.remove();
                rgb = rgb.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
                const m = matrices[eyes];
                rgb = [0, 3, 6].map((row) => Math.min(1, Math.max(0, m[row] * rgb[0] + m[row + 1] * rgb[1] + m[row + 2] * rgb[2])));
                const xyz = [
                  (0.4124 * rgb[0] + 0.3576 * rgb[1] + 0.1805 * rgb[2]) / 0.95047,
                  0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2],
                  (0.0193 * rgb[0] + 0.1192 * rgb[1] + 0.9505 * rgb[2]) / 1.08883,
                ].map((part) => part > 0.008856 ? Math.cbrt(part) : 7.787 * part + 16 / 116);
                return [116 * xyz[1] - 16, 500 * (xyz[0] - xyz[1]), 200 * (xyz[1] - xyz[2])];
              };
              const [l1, a1, b1] = lab(first), [l2, a2, b2] = lab(second);
              const rad = Math.PI / 180, seven = 25 ** 7;
              const c = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
              const g = 0.5 * (1 - Math.sqrt(c ** 7 / (c ** 7 + seven)));
              const [x1, x2] = [a1 * (1 + g), a2 * (1 + g)];
              const [c1, c2] = [Math.hypot(x1, b1), Math.hypot(x2, b2)];
              const angle = (x, y) => x || y ? (Math.atan2(y, x) / rad + 360) % 360 : 0;
              const [h1, h2] = [angle(x1, b1), angle(x2, b2)];
              let dh = c1 * c2 ? h2 - h1 : 0;
              if (dh > 180) dh -= 360; else if (dh < -180) dh += 360;
              const dl = l2 - l1, dc = c2 - c1, dH = 2 * Math.sqrt(c1 * c2) * Math.sin(dh / 2 * rad);
              const lm = (l1 + l2) / 2, cm = (c1 + c2) / 2;
              let hm = h1 + h2;
              if (c1 * c2) hm = Math.abs(h1 - h2) <= 180 ? hm / 2 : hm < 360 ? (hm + 360) / 2 : (hm - 360) / 2;
              const t = 1 - 0.17 * Math.cos((hm - 30) * rad) + 0.24 * Math.cos(2 * hm * rad)
                + 0.32 * Math.cos((3 * hm + 6) * rad) - 0.2 * Math.cos((4 * hm - 63) * rad);
              const sl = 1 + 0.015 * (lm - 50) ** 2 / Math.sqrt(20 + (lm - 50) ** 2), sc = 1 + 0.045 * cm, sh = 1 + 0.015 * cm * t;
              const rt = -2 * Math.sqrt(cm ** 7 / (cm ** 7 + seven)) * Math.sin(60 * Math.exp(-(((hm - 275) / 25) ** 2)) * rad);
              return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dH / sh) ** 2 + rt * (dc / sc) * (dH / sh));
            })
            """

        /// The glyphs that are drawn in cells.
        private static let glyphs = """
            ((cells) => [...document.querySelectorAll(cells)].map((cell) =>
              getComputedStyle(cell.querySelector("a") ?? cell, "::before").content.replace(/^"(.).*$/u, "$1")))
            """

        @Test(arguments: ["none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia"])
        func `failed cells are told from all others by glyph and by colour`(eyes: String) async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, "/dags/sales_daily") { page in
                try await page.setVision(eyes)
                #expect(try await page.screenshot().count > 10_000)
                for scheme in ["light", "dark"] {
                    try await page.setMedia("prefers-color-scheme", scheme)
                    // In grey, two others are near to failed: there the glyph carries it alone.
                    let others = ["success", "blocked", "waiting", "skipped"]
                    for other in others + (eyes == "achromatopsia" ? [] : ["cancelled", "running"]) {
                        let distance = try await page.number("\(Self.distance)('failed', '\(other)', '\(eyes)')")
                        #expect(distance >= 10, "\(scheme), failed and \(other)")
                    }
                }
                let glyphs = try await page.texts("\(Self.glyphs)('.grid td.failed')")
                #expect(!glyphs.isEmpty && Set(glyphs) == ["✕"])
                let others = try await page.texts("\(Self.glyphs)('.grid td[class]:not(.failed)')")
                #expect(!others.isEmpty && !others.contains("✕"))
            }
        }

        @Test func `with forced colours states keep borders and words, and nothing moves where that is unwanted`()
            async throws
        {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("waits")
            try await site.withPage(.desktop, ExampleSite.path(of: run)) { page in
                try await page.wait(for: "document.querySelector('h1').textContent.includes('Running')")
                let moves = "getComputedStyle(document.querySelector('.running i')).animationName"
                #expect(try await page.text(moves) == "pulse")
                try await page.setMedia("prefers-reduced-motion", "reduce")
                #expect(try await page.text(moves) == "none")
                try await page.setMedia("forced-colors", "active")
                let borders = try await page.texts(
                    "[...document.querySelectorAll('.st')].map((badge) => getComputedStyle(badge).borderTopStyle)"
                )
                #expect(!borders.isEmpty && !borders.contains("none"))
                #expect(try await page.screenshot().count > 5_000)
                try site.leave(run.replacing("/", with: "+"))
            }
        }

        @Test func `paper shows card, log, context and addresses, and nothing to press`() async throws {
            let site = try await ExampleSite.shared()
            try await site.withPage(.desktop, try site.run("failed") + "/tasks/load_orders") { page in
                let pdf = try await page.printed()
                #expect(pdf.starts(with: Array("%PDF-".utf8)) && pdf.count > 10_000)
                try await page.setMediaType("print")
                let pressable = try await page.texts(
                    """
                    [...document.querySelectorAll("button, .button, input, select, .top nav a, .skip")]
                      .filter((element) => element.checkVisibility({ visibilityProperty: true }) && !element.closest(".hidden, .skip"))
                      .map((element) => element.outerHTML.slice(0, 100))
                    """
                )
                #expect(pressable == [])
                for selector in [".card", ".log li", "#facts", ".printed"] {
                    let isSeen = try await page.isTrue("document.querySelector('\(selector)').checkVisibility()")
                    #expect(isSeen, "\(selector)")
                }
                #expect(
                    try await page.text("document.querySelector('.printed').textContent").contains("/tasks/load_orders")
                )
                let lines = try await page.number(
                    "[...document.querySelectorAll('.log li')].filter((line) => line.checkVisibility()).length"
                )
                #expect(lines == 41)
                let address = try await page.text(
                    "getComputedStyle(document.querySelector('.card a[href]'), '::after').content"
                )
                #expect(address.contains("?at=95"))
            }
        }

        @Test func `of a long log paper shows 200 lines, among them the cause`() async throws {
            let site = try await ExampleSite.shared()
            let run = try await site.trigger("prints")
            try await site.awaitRun(run, "failed")
            try await site.withPage(.desktop, ExampleSite.path(of: run) + "/tasks/long") { page in
                #expect(try await page.number("document.querySelectorAll('.log li').length") == 400)
                try await page.setMediaType("print")
                let shown = try await page.texts(
                    "[...document.querySelectorAll('.log li')].filter((line) => line.checkVisibility()).map((line) => line.id)"
                )
                #expect(shown == (14_960...15_159).map { "L\($0)" })
                #expect(try await page.printed().count > 20_000)
            }
        }
    }
}
