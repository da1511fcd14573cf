# Look at pages of `xzbundle report`: see pages.py.
#
# SPDX-License-Identifier: BSD-2-Clause
import json
import os

# The colours of text and of what is behind it, for each element that has text
# of its own; the background may be that of an element around it.
CONTRAST = """(() => {
const parse = (c) => c.match(/[0-9.]+/g).map(Number);
const part = (v) => (v /= 255) <= .04045 ? v / 12.92 :
    ((v + .055) / 1.055) ** 2.4;
const light = ([r, g, b]) => .2126 * part(r) + .7152 * part(g) +
    .0722 * part(b);
const back = (e) => {
    for (; e; e = e.parentElement) {
        const c = parse(getComputedStyle(e).backgroundColor);
        if (c.length < 4 || c[3] > 0)
            return c;
    }
    return [255, 255, 255];
};
let worst = [99, ""], n = 0;
for (const e of document.body.querySelectorAll("*")) {
    const own = [...e.childNodes].some((c) => c.nodeType === 3 &&
        c.data.trim() !== "");
    if (!own || !e.checkVisibility() || e.closest("svg.map") ||
        e.localName === "script")
        continue;
    const s = getComputedStyle(e);
    const x = light(parse(e.closest("svg") ? s.fill : s.color)) + .05;
    const y = light(back(e)) + .05;
    const c = x > y ? x / y : y / x;
    n++;
    if (c < worst[0])
        worst = [c, e.outerHTML.slice(0, 80)];
}
return [...worst, n];
})()"""

# The same of the labels in the map, by what is painted below them.
LABELS = """(() => {
const part = (v) => (v /= 255) <= .04045 ? v / 12.92 :
    ((v + .055) / 1.055) ** 2.4;
const light = (c) => { const [r, g, b] = c.match(/[0-9a-f]{2}/g).map(
    (v) => part(parseInt(v, 16))); return .2126 * r + .7152 * g + .0722 * b; };
const map = document.querySelector("svg.map.broad");
const rects = [...map.querySelectorAll("rect[data-v]")];
let worst = 99, n = 0;
for (const text of map.querySelectorAll("text")) {
    const s = text.parentNode;
    const x = Number(s.getAttribute("x")), y = Number(s.getAttribute("y"));
    const rect = rects.find((r) => Number(r.getAttribute("x")) === x &&
        Number(r.getAttribute("y")) === y);
    const a = light(text.getAttribute("fill")) + .05;
    const b = light(rect.getAttribute("fill")) + .05;
    worst = Math.min(worst, a > b ? a / b : b / a);
    n++;
}
return [worst, n];
})()"""

TABLE = """(() => {
const table = [...document.querySelectorAll("section")].find(
    (s) => s.querySelector("h2").textContent === "%s").querySelector("table");
const cells = (row) => [...row.cells].map(
    (c) => c.dataset.v !== undefined ? Number(c.dataset.v) : c.textContent);
return { rows: [...table.tBodies[0].rows].map((r) =>
             [r.dataset.k || "", ...cells(r)]),
         foot: [...table.tFoot.rows].map(cells) };
})()"""

MAP = """[...document.querySelectorAll("svg.map.%s rect[data-v]")].map((r) =>
    [Number(r.dataset.v), Number(r.getAttribute("width")) *
     Number(r.getAttribute("height")), r.querySelector("title").textContent])"""

failures = 0


def check(ok, *what):
    global failures
    if not ok:
        failures += 1
        print("FAILED:", *what)
    return ok


def near(a, b):
    return abs(a - b) <= 1e-5 * max(1, abs(b))


def figures(b, got):
    """The page says what the JSON says."""
    page = b.js(TABLE % "Members")
    by_key = {"m%d" % i: m for i, m in enumerate(got["members"])}
    for row in page["rows"]:
        m = by_key[row[0]]
        check(row[3:5] == [m["raw_bytes"], m["packed_bytes"]], row, m)
        if m["ratio"] is not None:
            check(near(row[5], m["ratio"]) and
                  near(row[6], m["bits_per_byte"]), row, m)
        check(row[7] == m["type"], row, m)
    check(len(page["rows"]) == (len(by_key) if len(by_key) <= 1001 else 1000),
          "rows of members")
    check(sum(r[4] for r in page["rows"]) +
          sum(r[3] for r in page["foot"][:-1]) == got["file_bytes"], "packed")
    check(page["foot"][-1][2:4] == [got["raw_bytes"], got["file_bytes"]],
          page["foot"])
    check(page["foot"][-2][3] == got["container_bytes"], page["foot"])
    if got["tensors"]:
        page = b.js(TABLE % "Tensors")
        for row in page["rows"]:
            t = got["tensor_rows"][int(row[0][1:])]
            check(row[4:6] == [t["raw_bytes"], t["packed_bytes"]], row, t)
            check(row[8] == ("-" if t["bound_bytes"] is None
                             else t["bound_bytes"]), row, t)
            check(row[2] == t["member"], row, t)
        check(page["foot"][-1][4] == got["file_bytes"], page["foot"])
    page = b.js(TABLE % "Blocks")
    for row in page["rows"]:
        block = got["block_rows"][row[1] - 1]
        check(row[2:5] == [block["raw_bytes"], block["packed_bytes"],
                           block["bound_bytes"]], row, block)
        check(row[6:8] == [block["members"], block["tensors"]], row, block)
    check(page["foot"][-2][2] == got["blocks_container_bytes"], page["foot"])
    front = b.js("[...document.querySelectorAll('.figures dd')].map("
                 "(d) => Number(d.dataset.v))")
    check(front == [got["file_bytes"], got["raw_bytes"],
                    got["container_bytes"], len(got["members"]),
                    got["tensors"], got["blocks"]], front)


def maps(b, got):
    for name, area in ("broad", 1200 * 600), ("narrow", 400 * 560):
        rects = b.js(MAP % name)
        check(sum(r[0] for r in rects) == got["file_bytes"], name, "the sum")
        check(len(rects) <= 2000, name, len(rects))
        for v, size, title in rects:
            check(abs(size / area - v / got["file_bytes"]) < 1e-4, title)
            check("{:,} bytes".format(v) in title, title)
        check(abs(sum(r[1] for r in rects) / area - 1) < 1e-3, name)


def sorting(b):
    column = "[...document.querySelector('table').tBodies[0].rows].map(" \
        "(r) => r.cells[%d].dataset.v ?? r.cells[%d].textContent)"
    head = "document.querySelector('table thead').rows[0].cells[%d]"

    check(b.js(head % 3 + ".getAttribute('aria-sort')") == "descending",
          "sorted by packed at first")
    b.js((head % 2 + ".querySelector('button').click()"))
    values = [int(v) for v in b.js(column % (2, 2))]
    check(values == sorted(values, reverse=True), "by raw", values)
    check(b.js(head % 2 + ".getAttribute('aria-sort')") == "descending",
          "aria-sort of raw")
    check(b.js(head % 3 + ".getAttribute('aria-sort')") is None,
          "aria-sort of packed")
    # the keyboard
    b.js(head % 2 + ".querySelector('button').focus()")
    b.key("Enter", 13, "\r")
    values = [int(v) for v in b.js(column % (2, 2))]
    check(values == sorted(values), "by raw, upwards", values)
    check(b.js(head % 2 + ".getAttribute('aria-sort')") == "ascending",
          "aria-sort of raw, upwards")
    b.js(head % 0 + ".querySelector('button').focus()")
    b.key(" ", 32, " ")
    values = b.js(column % (0, 0))
    check(values == sorted(values, key=str.lower), "by name", values)
    # a ratio that is missing comes last either way
    for _ in range(2):
        b.js((head % 4 + ".querySelector('button').click()"))
        check(b.js(column % (4, 4))[-1] == "-", "no ratio comes last")
    b.js((head % 3 + ".querySelector('button').click()"))


def filtering(b, got):
    shown = "[...document.querySelector('table').tBodies[0].rows].filter(" \
        "(r) => r.checkVisibility()).map((r) => r.cells[0].textContent)"
    put = "(() => { const i = document.querySelector('.filter input');" \
        "i.value = %s; i.dispatchEvent(new Event('input')); })()"
    said = "document.querySelector('.filter output').textContent"

    b.js(put % json.dumps("SAFE bf16"))
    names = b.js(shown)
    check(names == ["demo/bf16.safetensors"], names)
    packed = [m["packed_bytes"] for m in got["members"]
              if m["name"] == names[0]]
    check(b.js(said) == "1 of %d rows; packed %s" % (
        len(got["members"]), "{:,}".format(*packed)), b.js(said))
    check(b.js("document.querySelectorAll('.map.broad .dim').length") > 0 and
          b.js("document.querySelectorAll('.map.broad [data-k]:not(.dim)')"
               ".length") > 0, "what does not match is dimmed")
    b.js(put % "''")
    check(len(b.js(shown)) == len(got["members"]) and b.js(said) == "",
          "all are back")
    check(b.js("document.querySelectorAll('.dim').length") == 0, "no longer")


def highlights(b):
    b.js("document.querySelector('tr[data-k=m1]').dispatchEvent("
         "new MouseEvent('mouseover', {bubbles: true}))")
    keys = b.js("[...document.querySelectorAll('rect.hot')].map("
                "(r) => r.dataset.k)")
    check(keys and all("m1" in k.split() for k in keys), "lit up", keys)
    b.js("document.querySelector('tr[data-k=m1]').dispatchEvent("
         "new MouseEvent('mouseout', {bubbles: true}))")
    check(b.js("document.querySelectorAll('.hot').length") == 0, "still lit")


def legible(b, with_map=True):
    seen = []
    for scheme in "light", "dark":
        b.scheme(scheme)
        worst, what, n = b.js(CONTRAST)
        check(worst >= 4.5, scheme, worst, what)
        check(n > 50, scheme, n)
        seen.append(b.js("getComputedStyle(document.body).backgroundColor"))
    check(seen[0] != seen[1], "dark and light", seen)
    if with_map:
        worst, n = b.js(LABELS)
        check(worst >= 4.5 and n > 3, "labels", worst, n)
    # the button goes against what the system says
    b.js("document.querySelector('.theme').click()")
    check(b.js("getComputedStyle(document.body).backgroundColor") == seen[0],
          "the button")
    b.js("document.querySelector('.theme').click()")
    b.scheme("light")
    check(b.js("getComputedStyle(document.body).backgroundColor") == seen[1],
          "the button, back")
    b.js("document.querySelector('.theme').click()")


def alternatives(b):
    check(b.js("document.documentElement.lang") == "en", "lang")
    check(b.js("[...document.querySelectorAll('svg[role=img]')].every("
               "(s) => s.getAttribute('aria-label').length > 20)"), "labels")
    check(b.js("[...document.querySelectorAll('svg:not([role])')].every("
               "(s) => s.closest('[role=img], [aria-hidden=true]'))"),
          "other pictures are hidden")
    check(b.js("document.querySelectorAll('input').length > 0 && "
               "[...document.querySelectorAll('input')].every("
               "(i) => i.labels.length === 1)"), "fields have labels")
    check(b.js("[...document.querySelectorAll('.box')].every((x) => "
               "x.tabIndex === 0 && x.getAttribute('aria-label'))"), "boxes")
    check(b.js("document.querySelectorAll('h1').length") == 1, "h1")


def narrow(b, with_map=True):
    b.size(360, 740)
    for what, code in ("the page", "document.documentElement.scrollWidth"), \
            ("the body", "document.body.scrollWidth"):
        check(b.js(code) <= 360, what, "scrolls at 360 px:", b.js(code))
    check(not with_map or
          b.js("document.querySelector('.map.narrow').checkVisibility() && "
               "!document.querySelector('.map.broad').checkVisibility()"),
          "the narrow map")
    check(b.js("[...document.querySelectorAll('.box')].some("
               "(x) => x.scrollWidth > x.clientWidth)"),
          "tables scroll by themselves")
    b.size(1280, 900)


def hostile(b, got):
    check(b.js("document.title") == "hostile.tar.xz", "a script ran:",
          b.js("document.title"))
    check(b.js("document.scripts.length") == 1, "scripts")
    check(b.js("document.querySelectorAll('img, svg svg svg svg').length") ==
          0, "a name became an element")
    text = b.js("document.querySelector('table').tBodies[0].textContent")
    for part in ("<script>document.title = 'ran'</script>", "&amp;&lt;&#60;",
                 "line\\x0abreak", "bidi\\xe2\\x80\\xaeevil", "not\\xffutf8",
                 "caf\u00e9", "\u6f22\u5b57", "\\x20lead", "back\\\\slash"):
        check(part in text, "not as text:", part)
    check(any(ord(c) < 32 and c != "\n" for c in text) is False, "controls")


def shots(b, path):
    b.scheme("light")
    b.shot(path + "-light.png")
    b.scheme("dark")
    b.shot(path + "-dark.png")
    b.scheme("light")
    b.size(360, 740)
    b.shot(path + "-narrow.png")
    b.size(1280, 900)


def page(b, path, rest):
    with open(path[:-5] + ".json", encoding="utf-8") as f:
        got = json.load(f)
    b.size(1280, 900)
    asked = b.open(path)
    check(asked == ["file://" + os.path.abspath(path)], "asked for", asked)
    check(b.js("document.querySelectorAll('svg.map rect').length") > 10 and
          b.js("document.querySelectorAll('button').length") > 10,
          "rendered, and the script ran")
    figures(b, got)
    maps(b, got)
    rest(got)
    legible(b)
    alternatives(b)
    narrow(b)
    check(b.said == [], "the console:", b.said)


def look(b, folder, more):
    def demo(got):
        sorting(b)
        filtering(b, got)
        highlights(b)
        check(b.js("document.querySelector('.alert').textContent") ==
              "{:,} bytes too many".format(-got["headroom_bytes"]),
              "the limit")

    page(b, os.path.join(folder, "demo.html"), demo)
    if more:
        shots(b, more[0])
    page(b, os.path.join(folder, "hostile.html"),
         lambda got: hostile(b, got))
    asked = b.open(os.path.join(folder, "demo.svg"))
    check(len(asked) == 1 and b.said == [], "the picture", asked, b.said)
    check(b.js("document.querySelectorAll('rect title').length") > 50,
          "titles in the picture")
