# Look at a page of `xzbundle compare`: see pages.py.
#
# SPDX-License-Identifier: BSD-2-Clause
import json
import os

from report import alternatives, check, legible, narrow, near, shots

# The rows of the table in the section with that title: their keys, and of each
# cell the number or text, its title and its class.
TABLES = """[...document.querySelectorAll("section")].filter(
    (s) => s.querySelector("h2").textContent === "%s").map((s) =>
    ({ head: [...s.querySelectorAll("thead th")].map(
           (h) => h.textContent.trim()),
       rows: [...s.querySelector("table").tBodies[0].rows].map((r) =>
           [...r.cells].map((c) => [c.dataset.v !== undefined ?
               Number(c.dataset.v) : c.textContent, c.title, c.className])) }))
"""


def called(row):
    """A row's name, escaped as the page has it."""
    if row["kind"] == "bundle":
        return "the bundle"
    name = row["member"]
    if "member_hex" not in row:
        name = "".join("\\\\" if c == "\\" else "\\x%02x" % ord(c)
                       if ord(c) < 32 else c for c in name)
    return name + (": " + row["tensor"] if "tensor" in row else "")


def matrix(page, got):
    rows = {called(r): r for r in got["rows"]}
    names = [c["name"] for c in got["columns"]]
    shown = page["head"][2:-1]
    check(len(page["rows"]) == len(rows), "rows", len(page["rows"]))
    check(set(shown) <= set(names) and len(shown) > 2, shown)
    for line in page["rows"]:
        row = rows[line[0][0]]
        cells = {c["column"]: c for c in row["cells"]}
        check(line[1][0] == row["raw_bytes"], line[1], row["raw_bytes"])
        check(near(line[-1][0], row["order0_bytes"] / row["raw_bytes"]),
              "order 0")
        done = [c["bytes"] for c in row["cells"] if c["state"] == "done"]
        for name, (value, title, heat) in zip(shown, line[2:-1]):
            c = cells[name]
            if c["state"] != "done":
                check(value == "-" and title == c["state"], name, value)
                continue
            check(near(value, c["ratio"]), name, value, c["ratio"])
            check(title.startswith("%d bytes" % c["bytes"]), title)
            step = int(heat.split("h")[-1])
            if len(set(done)) > 1:
                wanted = 9 * (c["bytes"] - min(done)) / (max(done) - min(done))
                check(abs(step - wanted) <= 0.51, "heat", name, step, wanted)
    for name in names:
        some = any(c["column"] == name and c["state"] != "none"
                   for r in got["rows"] for c in r["cells"])
        check(some == (name in shown), "is it shown?", name)


def everything(page, got):
    rows = {called(r): r for r in got["rows"]}
    n = 0
    for line in page["rows"]:
        values = [v for v, _, _ in line]
        c, = [c for c in rows[values[0]]["cells"]
              if c["column"] == values[1]]
        n += 1
        check(values[2] == c["bytes"] and near(values[3], c["ratio"]), values)
        check(abs(values[5] - c["encode_mb_s"]) <= 0.001 + values[5] / 1e5 and
              abs(values[6] - c["decode_mb_s"]) <= 0.001 + values[6] / 1e5,
              values, c)
        check(values[7] == c["decoder_bytes"], values)
        check((values[8] == "*") == c["pareto"], values)
    check(n == sum(c["state"] == "done" for r in got["rows"]
                   for c in r["cells"]), "all cells", n)


def sorting(b):
    heads = "[...document.querySelectorAll('section')].find((s) => " \
        "s.querySelector('h2').textContent === 'Ratios')" \
        ".querySelectorAll('thead button')"
    b.js(heads + "[2].click()")
    page = b.js(TABLES % "Ratios")[0]
    values = [r[2][0] for r in page["rows"]]
    check(values in (sorted(values), sorted(values, reverse=True)), values)
    b.js(heads + "[2].click()")
    again = [r[2][0] for r in b.js(TABLES % "Ratios")[0]["rows"]]
    check(again == values[::-1] and again != values, "the other way", again)


def look(b, folder, more):
    path = os.path.join(folder, "compare.html")
    with open(path[:-5] + ".json", encoding="utf-8") as f:
        all_of_it = json.load(f)["comparisons"]
    b.size(1280, 900)
    asked = b.open(path)
    check(asked == ["file://" + os.path.abspath(path)], "asked for", asked)
    ratios, figures = b.js(TABLES % "Ratios"), b.js(TABLES % "All figures")
    check(len(ratios) == len(figures) == len(all_of_it), "sections")
    for got, one, two in zip(all_of_it, ratios, figures):
        matrix(one, got)
        everything(two, got)
    titles = b.js("[...document.querySelectorAll('h2')].map("
                  "(h) => h.textContent)")
    check(all(got["input"] in titles for got in all_of_it), titles)
    front = b.js("[...document.querySelectorAll('.figures dd')].map("
                 "(d) => Number(d.dataset.v))")
    check(all_of_it[0]["advice"]["use"]["bytes"] in front, front)
    check(b.js("document.title") == "Comparison", "a script ran")
    check(b.js("document.querySelectorAll('img, script').length") == 1,
          "a name became an element")
    sorting(b)
    legible(b, with_map=False)
    alternatives(b)
    narrow(b, with_map=False)
    if more:
        shots(b, more[0] + "-compare")
    check(b.said == [], "the console:", b.said)
