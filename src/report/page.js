/* Of pages that src/report/page makes.  All that they say is there without it;
 * what is not in the page is made of text alone, never of markup. */
(() => {
	"use strict";

	const names = new Intl.Collator("en", { numeric: true });

	function make(tag, attributes, ...children) {
		const made = document.createElement(tag);

		for (const [name, value] of Object.entries(attributes))
			made.setAttribute(name, value);
		made.append(...children);
		return made;
	}

	function grouped(n) {
		return n.toLocaleString("en-US");
	}

	/* --- dark and light --- */

	/* The rule of the style sheet for dark. */
	const rule = [...document.styleSheets[0].cssRules].find((one) =>
		one.media && one.media.mediaText.includes("color-scheme"));

	function isDark() {
		return matchMedia(rule.media.mediaText).matches;
	}

	function addTheme() {
		const button = make("button", { type: "button", class: "theme" });
		const label = () => {
			button.textContent = isDark() ? "Light" : "Dark";
			button.setAttribute("aria-label", "Switch to " +
				(isDark() ? "light" : "dark") + " colours");
		};

		matchMedia(rule.media.mediaText)
			.addEventListener("change", label);
		button.addEventListener("click", () => {
			rule.media.mediaText = isDark() ? "not all" : "screen";
			label();
		});
		label();
		document.querySelector(".top").append(button);
	}

	/* --- sorting --- */

	/* A number that the cell stands for, or null: such rows come last. */
	function number(cell) {
		const value = cell.dataset.v;

		return value === undefined || value === "" ? null : Number(value);
	}

	function order(column, numeric, down) {
		return (a, b) => {
			const x = a.cells[column], y = b.cells[column];
			let d;

			if (!numeric) {
				d = names.compare(x.textContent, y.textContent);
			} else {
				const v = number(x), w = number(y);

				if (v === null || w === null)
					return (v === null) - (w === null);
				d = v - w;
			}
			return down ? -d : d;
		};
	}

	function sort(table, head) {
		const heads = [...head.parentNode.cells];
		const numeric = head.classList.contains("n");
		const now = head.getAttribute("aria-sort");
		const down = now ? now === "ascending" : numeric;
		const body = table.tBodies[0];
		const rows = [...body.rows];

		rows.sort(order(heads.indexOf(head), numeric, down));
		body.append(...rows);
		for (const other of heads)
			other.removeAttribute("aria-sort");
		head.setAttribute("aria-sort",
			down ? "descending" : "ascending");
	}

	function addSorting(table) {
		for (const head of table.tHead.rows[0].cells) {
			const button = make("button", { type: "button" },
				...head.childNodes);

			if (button.textContent === "")
				continue;
			button.addEventListener("click",
				() => sort(table, head));
			head.append(button);
		}
	}

	/* --- filters --- */

	/* What the rows shown sum up to, of the column that is marked. */
	function sum(table, rows) {
		const heads = [...table.tHead.rows[0].cells];
		const i = heads.findIndex((head) => "sum" in head.dataset);

		if (i < 0)
			return "";
		return "; " + heads[i].dataset.sum + " " + grouped(rows.reduce(
			(n, row) => n + (number(row.cells[i]) || 0), 0));
	}

	function filter(table, words, said) {
		const rows = [...table.tBodies[0].rows];
		const has = (text) => {
			const lower = text.toLowerCase();

			return words.every((word) => lower.includes(word));
		};

		for (const row of rows)
			row.hidden = !has(row.textContent);
		if ("map" in table.dataset) {
			for (const mark of document.querySelectorAll(
				"svg.map [data-k]"))
				mark.classList.toggle("dim",
					!has(mark.textContent));
		}
		const shown = rows.filter((row) => !row.hidden);

		said.textContent = words.length === 0 ? "" :
			grouped(shown.length) + " of " +
			grouped(rows.length) + " rows" + sum(table, shown);
	}

	function addFilter(table) {
		const input = make("input", { type: "search",
			autocomplete: "off", spellcheck: "false" });
		const said = make("output", { "aria-live": "polite" });

		input.addEventListener("input", () => filter(table,
			input.value.toLowerCase().split(/\s+/).filter(Boolean),
			said));
		table.parentNode.before(make("div", { class: "filter" },
			make("label", {}, table.dataset.filter, input), said));
	}

	/* --- what belongs together --- */

	/* Rows of tables and marks of maps: a row lights up marks, and a mark
	 * rows. */
	function addLinks() {
		const keyed = new Map();
		const keys = (one) => one.dataset.k.split(" ");
		const others = (one) => keys(one).flatMap((k) => keyed.get(k))
			.filter((other) => other.localName !== one.localName);
		const light = (event, on) => {
			const mark = event.target.closest?.("[data-k]");

			for (const one of mark ? [mark, ...others(mark)] : [])
				one.classList.toggle("hot", on);
		};

		for (const one of document.querySelectorAll("[data-k]")) {
			for (const k of keys(one)) {
				if (!keyed.has(k))
					keyed.set(k, []);
				keyed.get(k).push(one);
			}
		}
		document.addEventListener("mouseover", (e) => light(e, true));
		document.addEventListener("mouseout", (e) => light(e, false));
		document.addEventListener("click", (event) => {
			const mark = event.target.closest?.("svg [data-k]");
			const row = mark && others(mark)[0];

			if (row)
				row.scrollIntoView({ block: "center" });
		});
	}

	addTheme();
	for (const table of document.querySelectorAll("table.sortable")) {
		addSorting(table);
		if (table.dataset.filter)
			addFilter(table);
	}
	addLinks();
})();
