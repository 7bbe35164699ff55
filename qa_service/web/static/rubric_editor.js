// The editor of a rubric: colours, completion by the schema, faults in the margin, and a draft that this browser keeps until it is published.
"use strict";

(() => {
  const form = document.getElementById("editor");
  const area = document.getElementById("text");
  if (!form || !window.CodeMirror) return;
  const { placeAt, Language } = window.qaRubricSchema;
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 15000;
  const findings = document.getElementById("findings");
  const about = document.getElementById("about");
  const state = document.getElementById("draft-state");
  const kept = document.getElementById("kept");
  const key = `qa-rubric:${form.dataset.user}:${form.dataset.rubric}`;
  const given = area.value;
  const base = form.elements.seen.value;
  let language = null;
  let told = () => {};

  const recall = () => {
    try { return JSON.parse(window.localStorage.getItem(key)); } catch { return null; }
  };
  const keep = (text) => {
    try {
      window.localStorage.setItem(key, JSON.stringify({ text, seen: form.elements.seen.value, at: Date.now() }));
      state.textContent = form.dataset.saved;
    } catch {
      state.textContent = form.dataset.notKept;
    }
  };
  const forget = () => {
    try { window.localStorage.removeItem(key); } catch { /* Nothing was kept. */ }
    state.textContent = "";
  };

  // Faults: the server finds them, they are listed below, and stand in the margin too.
  const found = () => [...findings.querySelectorAll("li[data-line]")].map((item) => {
    const line = Number(item.dataset.line) - 1;
    const column = Number(item.dataset.column) - 1;
    const message = [...item.querySelectorAll(".lint-message, .lint-hint")].map((one) => one.textContent).join(" – ");
    return { from: CodeMirror.Pos(line, column), to: CodeMirror.Pos(line, column + 1), message, severity: item.dataset.level };
  });
  let before = "";
  const show = () => {
    told(cm, found());
    const summary = document.getElementById("findings-summary");
    const words = summary ? summary.textContent.trim().replace(/\s+/g, " ") : "";
    if (words && words !== before) window.qa.say(words);
    before = words;
  };
  let asking = null;
  const check = async (text, update) => {
    told = update || told;
    if (asking) asking.abort();
    asking = new AbortController();
    const sent = new URLSearchParams({ text, seen: form.elements.seen.value, csrf: form.elements.csrf.value });
    try {
      const answer = await fetch(`/rubrics/${encodeURIComponent(form.dataset.rubric)}/check`, {
        method: "POST", body: sent, signal: asking.signal, headers: { "HX-Request": "true" },
      });
      if (!answer.ok) return;
      // Our own server has made this part of the page, and escaped what people wrote.
      const part = new DOMParser().parseFromString(await answer.text(), "text/html");
      findings.replaceChildren(...part.body.childNodes);
      show();
    } catch { /* Overtaken by the next one, or no connection: the draft is kept here, and is checked again with the next change. */ }
  };

  // Completion: what the schema has where the cursor is.
  const hint = (cm) => {
    const cursor = cm.getCursor();
    const text = cm.getRange({ line: 0, ch: 0 }, cursor);
    const place = placeAt(text);
    const word = /[\w.*%-]*$/.exec(text)[0];
    const list = language.offered(place, cm.getValue())
      .filter((one) => one.name.toLowerCase().startsWith(word.toLowerCase()))
      .map((one) => ({
        text: place.kind === "key" && /^\s*:/.test(cm.getLine(cursor.line).slice(cursor.ch)) ? one.name : one.insert,
        displayText: one.name,
        about: one.about,
        render: (item) => {
          const name = document.createElement("strong");
          name.textContent = one.name;
          const words = document.createElement("span");
          words.textContent = one.about;
          item.append(name, words);
        },
      }));
    return { list, from: { line: cursor.line, ch: cursor.ch - word.length }, to: cursor };
  };
  const complete = (cm) => {
    if (language) cm.showHint({ hint, completeSingle: false, closeOnUnfocus: true });
  };

  // Tab indents, until somebody wants out: Escape, then Tab.
  const keys = { "Ctrl-Space": complete, Esc: (cm) => leave(cm) };
  const inside = { ...keys, Tab: (cm) => cm.execCommand(cm.somethingSelected() ? "indentMore" : "insertSoftTab"), "Shift-Tab": "indentLess" };
  const outside = { ...keys, Tab: false, "Shift-Tab": false };
  const leave = (cm) => {
    cm.setOption("extraKeys", outside);
    window.qa.say(form.dataset.leave);
  };

  const cm = CodeMirror.fromTextArea(area, {
    mode: "yaml", lineNumbers: true, indentUnit: 2, tabSize: 2, indentWithTabs: false, lineWrapping: true, direction: "ltr",
    rtlMoveVisually: true, inputStyle: "contenteditable", spellcheck: false, viewportMargin: 30, extraKeys: inside,
    screenReaderLabel: document.querySelector("label[for=text]").textContent, gutters: ["CodeMirror-lint-markers", "CodeMirror-linenumbers"],
    lint: { getAnnotations: check, async: true, delay: 500, highlightLines: true }, hintOptions: { hint },
  });
  const field = cm.getInputField();
  field.setAttribute("role", "textbox");
  field.setAttribute("aria-multiline", "true");
  field.setAttribute("aria-describedby", "text-keys about");
  window.qaRubricEditor = cm;

  const draft = recall();
  const mine = draft && draft.text !== given && !("sentText" in form.dataset);
  if (mine) {
    cm.setValue(draft.text);
    // What it was written from: whoever published meanwhile is not overwritten unseen.
    form.elements.seen.value = draft.seen;
    cm.clearHistory();
    const line = kept.querySelector("[data-text]");
    line.textContent = `${line.dataset.text} ${new Date(draft.at).toLocaleString(document.documentElement.lang)}`;
    kept.hidden = false;
    state.textContent = form.dataset.saved;
  } else if (draft && !("sentText" in form.dataset)) {
    forget();
  }
  cm.save();
  document.getElementById("forget").addEventListener("click", () => {
    cm.setValue(given);
    form.elements.seen.value = base;
    forget();
    kept.hidden = true;
    cm.focus();
  });

  cm.on("change", (_, change) => {
    cm.save();
    if (change.origin === "setValue") return;
    cm.setOption("extraKeys", inside);
    if (cm.getValue() === given) forget(); else keep(cm.getValue());
  });
  cm.on("focus", () => cm.setOption("extraKeys", inside));
  cm.on("inputRead", (_, change) => {
    if (change.text.length === 1 && /^[a-z]$/i.test(change.text[0]) && !cm.state.completionActive) complete(cm);
  });
  cm.on("cursorActivity", () => {
    if (!language) return;
    const cursor = cm.getCursor();
    const line = cm.getLine(cursor.line);
    const upTo = /^\s*(- )*[\w-]+\s*:/.test(line) ? Math.max(cursor.ch, line.indexOf(":") + 1) : cursor.ch;
    const { path } = placeAt(cm.getRange({ line: 0, ch: 0 }, { line: cursor.line, ch: upTo }));
    const words = language.about(path);
    about.textContent = words ? `${path.filter((one) => one !== "-").join(" › ")}: ${words}` : "";
  });

  document.getElementById("check").addEventListener("click", (event) => {
    event.preventDefault();
    check(cm.getValue());
  });
  const goTo = (line, column) => {
    cm.setCursor({ line, ch: column });
    cm.scrollIntoView(null, 120);
    cm.focus();
  };
  findings.addEventListener("click", (event) => {
    const link = event.target.closest("a.to-place");
    if (!link) return;
    event.preventDefault();
    const item = link.closest("li");
    goTo(Number(item.dataset.line) - 1, Number(item.dataset.column) - 1);
  });
  const line = /^#L(\d+)$/.exec(window.location.hash);
  if (line) goTo(Number(line[1]) - 1, 0);

  /** What the language knows, for completion; asked for again until it comes. */
  const learn = (wait = FIRST_WAIT) => fetch(`/rubrics/${encodeURIComponent(form.dataset.rubric)}/schema`, { headers: { Accept: "application/json" } })
    .then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(answer.status))))
    .then((words) => { language = new Language(words); form.dataset.ready = "1"; })
    .catch(() => {
      form.dataset.ready = "0";
      window.setTimeout(learn, wait, Math.min(LONGEST_WAIT, wait * 2));
    });
  learn();
})();
