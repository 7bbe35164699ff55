// Where in a rubric the cursor is, and what the language's schema has there: keys, values and what they mean.
"use strict";

window.qaRubricSchema = (() => {
  const KEY = /^("[^"]*"|'[^']*'|[^\s#:{}[\],"'&*!|>-][^:#{}[\],]*?)\s*:(?=\s|$)/;
  const plain = (word) => word.trim().replace(/^["']|["']$/g, "");

  /** One line of flow style, `{a: b, c: [d`, on top of what is open; says whether a comment ended it. */
  const flow = (text, open, state) => {
    for (let at = 0; at < text.length; at += 1) {
      const letter = text[at];
      const top = open[open.length - 1];
      if (state.quote) {
        if (letter === state.quote) state.quote = "";
        state.word += letter;
      } else if (letter === "#" && (at === 0 || /\s/.test(text[at - 1]))) {
        return;
      } else if ((letter === '"' || letter === "'") && !state.word.trim()) {
        state.quote = letter;
        state.word += letter;
      } else if (letter === "{" || letter === "[") {
        open.push({ type: letter, key: null });
        state.word = "";
      } else if ((letter === "}" || letter === "]") && top) {
        open.pop();
        state.word = "";
      } else if (letter === "," && top) {
        if (top.type === "{") top.key = null;
        state.word = "";
      } else if (letter === ":" && top && top.type === "{" && top.key === null && /^(\s|$)/.test(text.slice(at + 1))) {
        top.key = plain(state.word);
        state.word = "";
      } else {
        state.word += letter;
      }
    }
  };

  /** The path up to the cursor, whether a key or a value is written there, and what of it is there; `text` ends at the cursor. */
  const placeAt = (text) => {
    const blocks = [];
    const open = [];
    const state = { quote: "", word: "" };
    let kind = "key";
    const lines = text.split("\n");
    lines.forEach((line, number) => {
      const last = number === lines.length - 1;
      if (open.length || state.quote) {
        state.word = state.quote ? state.word : "";
        flow(line, open, state);
        return;
      }
      if (!last && /^\s*(#|$)/.test(line)) return;
      let at = line.length - line.trimStart().length;
      const drop = (column, keep) => {
        while (blocks.length && (blocks[blocks.length - 1].column > column ||
          (blocks[blocks.length - 1].column === column && !(keep && blocks[blocks.length - 1].key !== "-")))) blocks.pop();
      };
      while (/^-(\s|$)/.test(line.slice(at))) {
        drop(at, true);
        blocks.push({ column: at, key: "-" });
        const rest = line.slice(at + 1);
        at += 1 + (rest.length - rest.trimStart().length);
      }
      const found = KEY.exec(line.slice(at));
      drop(at, false);
      state.word = "";
      if (found) {
        blocks.push({ column: at, key: plain(found[1]) });
        kind = "value";
        flow(line.slice(at + found[0].length), open, state);
      } else {
        kind = "key";
        flow(line.slice(at), open, state);
      }
    });
    const path = blocks.map((one) => one.key);
    open.forEach((one) => { if (one.type === "[") path.push("-"); else if (one.key !== null) path.push(one.key); });
    const top = open[open.length - 1];
    if (top) kind = top.type === "{" && top.key === null ? "key" : "value";
    return { path, kind, word: state.word.trim() };
  };

  class Language {
    constructor(told) {
      this.root = told.schema;
      this.signals = told.signals;
    }

    /** What a node may be, references followed. */
    variants(node, depth = 0) {
      if (!node || depth > 20) return [];
      if (node.$ref) return this.variants(this.root.$defs[node.$ref.split("/").pop()], depth + 1);
      const some = node.anyOf || node.oneOf || node.allOf;
      return some ? some.flatMap((one) => this.variants(one, depth + 1)) : [node];
    }

    /** The raw nodes of a key or item below another. */
    below(node, part) {
      return this.variants(node).flatMap((one) => {
        if (part === "-") return one.items ? [one.items] : [];
        const own = one.properties && one.properties[part];
        if (own) return [own];
        const others = one.patternProperties ? Object.values(one.patternProperties)[0] : one.additionalProperties;
        return others && typeof others === "object" ? [others] : [];
      });
    }

    nodes(path) {
      return path.reduce((nodes, part) => nodes.flatMap((one) => this.below(one, part)), [this.root]);
    }

    /** What a place is, in words; empty where nothing is known. */
    about(path) {
      const nodes = this.nodes(path);
      const told = nodes.map((one) => one.description).find(Boolean);
      return told || nodes.flatMap((one) => this.variants(one)).map((one) => one.description).find(Boolean) || "";
    }

    /** What may stand at a place: texts with what they mean. */
    offered(place, text) {
      const found = new Map();
      const add = (name, about) => { if (!found.has(name)) found.set(name, about || ""); };
      const variants = this.nodes(place.path).flatMap((one) => this.variants(one));
      if (place.kind === "key") {
        variants.forEach((one) => Object.keys(one.properties || {}).forEach((key) => add(key, this.about([...place.path, key]))));
        return [...found].map(([name, about]) => ({ name, about, insert: `${name}: ` }));
      }
      const [above, last] = place.path.slice(-2);
      if ((above === "signal" && last === "name") || (above === "numeric" && last === "signal")) {
        Object.entries(this.signals).forEach(([name, about]) => add(name, about));
      }
      if (last === "phrases") Language.named(text).forEach((name) => add(name, ""));
      variants.forEach((one) => {
        (one.enum || []).forEach((value) => add(String(value), one.description));
        if ("const" in one) add(String(one.const), one.description);
        if (one.type === "boolean") ["true", "false"].forEach((value) => add(value, ""));
        (one.examples || []).forEach((value) => add(String(value), ""));
      });
      return [...found].map(([name, about]) => ({ name, about, insert: name }));
    }

    /** Names of the phrases that a rubric has. */
    static named(text) {
      const block = /^phrases:[^\n]*\n((?:[ \t]+[^\n]*\n|[ \t]*#[^\n]*\n|[ \t]*\n)*)/m.exec(`${text}\n`);
      if (!block) return [];
      const indent = (/^[ \t]+(?=[a-z])/m.exec(block[1]) || [""])[0];
      return [...block[1].matchAll(new RegExp(`^${indent}([a-z][a-z0-9_]*):`, "gm"))].map((one) => one[1]);
    }
  }

  return { placeAt, Language };
})();
