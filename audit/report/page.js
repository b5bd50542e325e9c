/* SPDX-License-Identifier: MIT */
/*
 * The page of `agentos audit report`. Rows are arrays of numbers: a column of texts holds indexes into
 * `strings`, of which the first is "no text". Names are strangers' texts: they are only ever put in
 * as text, and have been escaped already.
 */
"use strict";
(() => {
	const data = JSON.parse(document.getElementById("data").textContent);
	const { rows, strings, columns } = data;
	const at = Object.fromEntries(columns.map((column, i) => [column.name, i]));
	const isText = columns.map((column) => column.text);
	const byId = (id) => document.getElementById(id);

	const get = (row, name) => {
		const i = at[name];
		if (i === undefined || row[i] === null) return null;
		return isText[i] ? strings[row[i]] || null : row[i];
	};
	const make = (tag, className, ...children) => {
		const node = document.createElement(tag);
		if (className) node.className = className;
		node.append(...children);
		return node;
	};
	const button = (text, click) => {
		const node = make("button", "", text);
		node.type = "button";
		node.addEventListener("click", click);
		return node;
	};
	const plural = (n, word) => `${n.toLocaleString("en")} ${word}${n === 1 ? "" : "s"}`;
	const base = (path) => (path || "?").replace(/^.*\//, "") || path;
	const time = (row) => row[at.time];
	const clock = (us) => new Date(us / 1000).toISOString();
	const times = (row) => get(row, "count") || 1;

	/* A granted action, one that is noted, one that was refused. */
	const kindOf = (row) => {
		const verdict = get(row, "verdict");
		if (verdict === "allow") return "good";
		if (verdict === "audit") return "seen";
		return verdict === "ask" && /^granted/.test(get(row, "answer") || "") ? "seen" : "bad";
	};
	const verdictOf = (row) => [get(row, "verdict"), get(row, "answer")].filter(Boolean).join(":");
	const peerOf = (row) => {
		const host = get(row, "host") || get(row, "ip");
		const port = get(row, "port");
		if (!host) return null;
		return (host.includes(":") ? `[${host}]` : host) + (port === null ? "" : `:${port}`);
	};
	const targetOf = (row) => {
		const content = get(row, "content");
		const where = get(row, "path") || peerOf(row);
		return content && content !== where ? [content, where].filter(Boolean).join("  ") : where || "-";
	};
	const wordsOf = (argv) => {
		try {
			const words = JSON.parse(argv);
			return words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" ");
		} catch {
			return argv;
		}
	};

	/* ---- the filter ------------------------------------------------------------------------ */

	let shown = rows;
	let part = null; /* [from, until] of the timeline */

	const KINDS = { allowed: "good", noted: "seen", refused: "bad" };

	/* Each text is looked at once, however many rows have it. */
	const matcher = (word) => {
		const [, name, value] = /^([a-z_]+):(.*)$/.exec(word) || [];
		if (name === "is" && KINDS[value]) return (row) => kindOf(row) === KINDS[value];
		const named = name !== undefined && at[name] !== undefined;
		const wanted = (named ? value : word).toLowerCase();
		const hits = strings.map((string) => string.toLowerCase().includes(wanted));
		hits[0] = false;
		const test = (row, i) => (isText[i] ? hits[row[i]] : row[i] !== null && String(row[i]) === wanted);
		if (named) return (row) => test(row, at[name]);
		const where = columns.map((_, i) => i).filter((i) => isText[i] || columns[i].name === "pid" || columns[i].name === "port");
		return (row) => where.some((i) => test(row, i));
	};
	const filtered = () => {
		const tests = byId("filter").value.split(/\s+/).filter(Boolean).map(matcher);
		if (part) tests.push((row) => time(row) >= part[0] && time(row) <= part[1]);
		return tests.length ? rows.filter((row) => tests.every((test) => test(row))) : rows;
	};
	const refresh = () => {
		shown = filtered();
		byId("count").textContent = shown.length === rows.length ? plural(rows.length, "row") :
			`${shown.length.toLocaleString("en")} of ${plural(rows.length, "row")}`;
		select(null);
		byId("rows").scrollTop = 0;
		list();
	};
	const filterBy = (text) => {
		byId("filter").value = text;
		refresh();
		byId("filter").scrollIntoView({ block: "start" });
	};
	/* A value with a space cannot be one word: its longest part is. */
	const longest = (text) => text.split(/\s+/).reduce((a, b) => (b.length > a.length ? b : a), "");

	/* ---- the list: only the rows that can be seen are in the page ---------------------------- */

	const TALLEST = 8e6; /* browsers lay out no higher than some ten million pixels */
	let chosen = null;

	const rowHeight = () => parseFloat(getComputedStyle(document.documentElement).fontSize) * 1.75;
	const rowNode = (row, i) => {
		const node = make("div", "row");
		const action = [get(row, "action"), get(row, "operation")].filter(Boolean).join(" ");
		const cells = [row[at.seq], clock(time(row)).slice(11, 23), `${base(get(row, "program"))} ${get(row, "pid") ?? ""}`,
			action, targetOf(row), verdictOf(row), get(row, "rule") || "-"];
		for (const cell of cells) node.append(make("span", "", String(cell)));
		node.children[5].className = kindOf(row);
		node.children[4].title = targetOf(row);
		node.setAttribute("role", "option");
		node.setAttribute("aria-selected", String(row === chosen));
		node.setAttribute("aria-posinset", i + 1);
		node.setAttribute("aria-setsize", shown.length);
		node.addEventListener("click", () => select(row));
		return node;
	};
	/* Above TALLEST the bar moves over more than one row a step. */
	const geometry = () => {
		const box = byId("rows");
		const height = rowHeight();
		const full = shown.length * height;
		const tall = Math.min(full, TALLEST);
		const room = Math.max(1, tall - box.clientHeight);
		const offset = tall < full ? (box.scrollTop / room) * (full - box.clientHeight) : box.scrollTop;
		return { box, height, full, tall, offset, shift: box.scrollTop - offset };
	};
	const list = () => {
		byId("spacer").style.height = `${Math.min(shown.length * rowHeight(), TALLEST)}px`;
		const { box, height, offset, shift } = geometry();
		const first = Math.max(0, Math.floor(offset / height) - 5);
		const last = Math.min(shown.length, Math.ceil((offset + box.clientHeight) / height) + 5);
		const nodes = [byId("spacer")];
		for (let i = first; i < last; i++) {
			const node = rowNode(shown[i], i);
			node.style.top = `${i * height + shift}px`;
			nodes.push(node);
		}
		box.replaceChildren(...nodes);
	};
	const reveal = (i) => {
		const { box, height, full, tall, offset } = geometry();
		if (i * height >= offset && (i + 1) * height <= offset + box.clientHeight) return;
		const wanted = Math.max(0, i * height - box.clientHeight / 2);
		box.scrollTop = tall < full ? (wanted / (full - box.clientHeight)) * (tall - box.clientHeight) : wanted;
	};
	const select = (row) => {
		chosen = row;
		byId("detail").replaceChildren(...(row ? [detail(row)] : []));
		list();
	};
	const detail = (row) => {
		const fields = make("dl");
		const add = (name, text) => fields.append(make("dt", "", name), make("dd", "", text));
		for (const { name } of columns) {
			const value = get(row, name);
			if (value === null) continue;
			if (name === "time") add(name, clock(value));
			else if (name === "argv") add(name, wordsOf(value));
			else add(name, String(value));
		}
		return fields;
	};
	const move = (event) => {
		const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20, Home: -Infinity, End: Infinity };
		const step = steps[event.key];
		if (step === undefined || !shown.length) return;
		event.preventDefault();
		const now = chosen ? shown.indexOf(chosen) : -1;
		const next = Math.min(shown.length - 1, Math.max(0, now + step));
		reveal(next);
		select(shown[next]);
	};

	/* ---- above the list ------------------------------------------------------------------- */

	const nothing = (text) => make("p", "empty", text);
	const table = (heads, lines) => {
		const head = make("tr");
		for (const text of heads) head.append(make("th", text.startsWith("#") ? "number" : "", text.replace("#", "")));
		const body = make("tbody");
		for (const cells of lines) {
			const line = make("tr");
			cells.forEach((cell, i) => line.append(make("td", heads[i].startsWith("#") ? "number" : "", cell ?? "")));
			body.append(line);
		}
		return make("table", "", make("thead", "", head), body);
	};
	const MOST = 500;
	/* groups: Map of key to {n, ...}; line: what is shown of one. */
	const ranked = (id, groups, rank, heads, line, none) => {
		const all = [...groups.values()].sort((a, b) => rank(b) - rank(a));
		const box = byId(id);
		if (!all.length) return box.append(nothing(none));
		box.append(table(heads, all.slice(0, MOST).map(line)));
		if (all.length > MOST) box.append(nothing(`and ${all.length - MOST} more: use the filter below`));
	};
	const group = (groups, key, start) => {
		if (!groups.has(key)) groups.set(key, start());
		return groups.get(key);
	};

	const summary = () => {
		const counts = { good: 0, seen: 0, bad: 0 };
		let all = 0;
		for (const row of rows) {
			counts[kindOf(row)] += times(row);
			all += times(row);
		}
		const tile = (n, text, className, filter) => {
			const node = button("", () => filterBy(filter));
			node.replaceChildren(make("b", className, n.toLocaleString("en")), text);
			return node;
		};
		byId("summary").append(tile(all, "actions", "", ""), tile(counts.good, "allowed", "good", "is:allowed"),
			tile(counts.seen, "noted or granted", "seen", "is:noted"),
			tile(counts.bad, "refused", "bad", "is:refused"));
	};
	const runs = () => {
		const ends = new Map(data.runs.filter((run) => run.kind === "close").map((run) => [run.run, run]));
		for (const run of data.runs.filter((one) => one.kind === "open").slice(0, 50)) {
			const end = ends.get(run.run);
			const fields = make("dl");
			const add = (name, text) => text && fields.append(make("dt", "", name), make("dd", "", text));
			add("agent", run.agent);
			add("command", run.argv && wordsOf(run.argv));
			add("workspace", run.workspace);
			add("policy", run.policy_files);
			add("mode, level", [run.mode, run.level].filter(Boolean).join(", "));
			add("time", end ? `${run.time} to ${end.time}, exit status ${end.status}` : `${run.time}; it has no end in the record`);
			byId("runs").append(fields);
		}
	};

	const refusals = () => {
		const groups = new Map();
		for (const row of rows) {
			if (kindOf(row) !== "bad") continue;
			const rule = get(row, "rule") || "-";
			const one = group(groups, rule, () => ({ n: 0, rule, row, targets: new Set() }));
			one.n += times(row);
			if (one.targets.size < 3) one.targets.add(targetOf(row));
		}
		ranked("rules", groups, (one) => one.n, ["rule", "written", "targets", "#refused"], (one) => [
			button(one.rule, () => filterBy(`rule:${longest(one.rule)}`)),
			get(one.row, "rule_file") ? `${get(one.row, "rule_file")}:${get(one.row, "rule_line")}` : "",
			[...one.targets].join("\n"), one.n.toLocaleString("en")], "Nothing was refused.");
	};
	const FILE_KINDS = { read_file: "reads", write_file: "writes", delete_file: "deletes", execute: "runs" };
	const files = () => {
		const groups = new Map();
		for (const row of rows) {
			const kind = FILE_KINDS[get(row, "action")];
			const path = get(row, "path");
			if (!kind || !path) continue;
			const one = group(groups, path, () => ({ path, reads: 0, writes: 0, deletes: 0, runs: 0, bad: 0 }));
			if (kindOf(row) === "bad") one.bad += times(row);
			else one[kind] += times(row);
		}
		const rank = (one) => one.bad * 1e6 + (one.writes + one.deletes) * 1e3 + one.reads + one.runs;
		ranked("files", groups, rank, ["file", "#read", "#written", "#deleted", "#run", "#refused"], (one) => [
			button(one.path, () => filterBy(`path:${longest(one.path)}`)),
			...[one.reads, one.writes, one.deletes, one.runs].map((n) => n ? n.toLocaleString("en") : ""),
			one.bad ? make("span", "bad", one.bad.toLocaleString("en")) : ""], "No file was touched.");
	};
	const hosts = () => {
		const groups = new Map();
		for (const row of rows) {
			const peer = peerOf(row);
			if (!peer || get(row, "action") === "listen") continue;
			const one = group(groups, peer, () => ({ peer, word: get(row, "host") ? `host:${get(row, "host")}` : `ip:${get(row, "ip")}`, n: 0, bad: 0 }));
			if (kindOf(row) === "bad") one.bad += times(row);
			else one.n += times(row);
		}
		ranked("hosts", groups, (one) => one.bad * 1e6 + one.n, ["host", "#reached", "#refused"], (one) => [
			button(one.peer, () => filterBy(longest(one.word))), one.n ? one.n.toLocaleString("en") : "",
			one.bad ? make("span", "bad", one.bad.toLocaleString("en")) : ""], "No host was reached.");
	};

	/* A process is known by run and number; what it ran last is its name. */
	const processes = () => {
		const known = new Map();
		for (const row of rows) {
			const run = get(row, "run");
			const pid = get(row, "pid");
			const one = group(known, `${run} ${pid}`, () => ({ run, pid, n: 0, bad: 0, children: [] }));
			one.n += times(row);
			one.bad += kindOf(row) === "bad" ? times(row) : 0;
			one.parent = get(row, "ppid") ?? one.parent;
			one.name = get(row, "action") === "execute" && kindOf(row) !== "bad" ? get(row, "path") : one.name || get(row, "program");
		}
		const roots = [];
		for (const one of known.values()) {
			const parent = known.get(`${one.run} ${one.parent}`);
			(parent && parent !== one ? parent.children : roots).push(one);
		}
		byId("processes").append(...(roots.length ? [branch(roots, { left: 2000, seen: new Set() })] : [nothing("No process acted.")]));
	};
	const branch = (siblings, state) => {
		const node = make("ul");
		for (const one of siblings) {
			if (state.seen.has(one) || state.left-- <= 0) continue;
			state.seen.add(one);
			const item = make("li", "", button(`${base(one.name)} ${one.pid}`, () => filterBy(`pid:${one.pid}`)), ` ${plural(one.n, "action")}`);
			if (one.bad) item.append(make("span", "bad", `, ${one.bad.toLocaleString("en")} refused`));
			if (one.children.length) item.append(branch(one.children, state));
			node.append(item);
		}
		return node;
	};

	/* ---- the timeline ---------------------------------------------------------------------- */

	const BARS = 160;
	const HEIGHT = 100;
	const svg = (name, attributes) => {
		const node = document.createElementNS("http://www.w3.org/2000/svg", name);
		for (const key in attributes) node.setAttribute(key, attributes[key]);
		return node;
	};
	const bars = (from, step) => {
		const counts = Array.from({ length: BARS }, () => ({ good: 0, seen: 0, bad: 0 }));
		for (const row of rows) {
			const i = Math.max(0, Math.min(BARS - 1, Math.floor((time(row) - from) / step)));
			counts[i][kindOf(row)] += times(row);
		}
		return counts;
	};
	/* Heights are roots: one refusal among ten thousand reads is still seen. */
	const draw = (node, counts) => {
		const most = Math.max(1, ...counts.map((one) => one.good + one.seen + one.bad));
		counts.forEach((one, i) => {
			const all = one.good + one.seen + one.bad;
			let y = HEIGHT;
			for (const kind of ["bad", "seen", "good"]) {
				if (!one[kind]) continue;
				const height = Math.max(2, (one[kind] / all) * Math.sqrt(all / most) * (HEIGHT - 4));
				y -= height;
				node.append(svg("rect", { class: kind, x: i + 0.1, y, width: 0.8, height }));
			}
		});
	};
	const timeline = () => {
		const node = byId("timeline");
		if (!rows.length) return;
		let from = Infinity;
		let until = -Infinity;
		for (const row of rows) {
			from = Math.min(from, time(row));
			until = Math.max(until, time(row));
		}
		const step = Math.max(1, (until - from) / BARS);
		node.setAttribute("viewBox", `0 0 ${BARS} ${HEIGHT}`);
		draw(node, bars(from, step));
		byId("span").append(make("span", "", clock(from)), make("span", "", clock(until)));
		drag(node, (x) => from + x * step);
	};
	const drag = (node, toTime) => {
		const mark = svg("rect", { class: "part", y: 0, height: HEIGHT, width: 0 });
		let start = null;
		const x = (event) => {
			const box = node.getBoundingClientRect();
			return Math.max(0, Math.min(BARS, ((event.clientX - box.left) / box.width) * BARS));
		};
		const show = (a, b) => {
			mark.setAttribute("x", Math.min(a, b));
			mark.setAttribute("width", Math.abs(a - b));
		};
		node.append(mark);
		node.addEventListener("pointerdown", (event) => {
			start = x(event);
			node.setPointerCapture(event.pointerId);
		});
		node.addEventListener("pointermove", (event) => start !== null && show(start, x(event)));
		node.addEventListener("pointerup", (event) => {
			const ends = [start, x(event)].sort((a, b) => a - b);
			part = ends[1] - ends[0] < 1 ? null : ends.map(toTime);
			if (!part) show(0, 0);
			start = null;
			refresh();
		});
	};

	/* ---- begin ------------------------------------------------------------------------------ */

	byId("origin").textContent = `made ${data.made}; recorder ${data.recorder}, up to row ${data.head}` +
		(data.filter ? `; only ${data.filter}` : "");
	summary();
	runs();
	refusals();
	processes();
	files();
	hosts();
	timeline();
	refresh();
	byId("filter").addEventListener("input", refresh);
	byId("rows").addEventListener("scroll", list, { passive: true });
	byId("rows").addEventListener("keydown", move);
	addEventListener("resize", list);
	byId("theme").addEventListener("change", (event) => {
		document.documentElement.dataset.theme = event.target.value;
	});
	addEventListener("keydown", (event) => {
		if (event.key !== "/" || event.target.closest("input, select")) return;
		event.preventDefault();
		byId("filter").focus();
	});
})();
