// Autosave: answers of a calibration are saved as they are given, kept in this browser until the server has them, and sent in order.
"use strict";

(() => {
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const told = document.getElementById("kept");
  const clash = document.getElementById("clash");
  const key = `qa-calibration:${form.dataset.user}:${form.dataset.autosave}`;
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 15000;
  const DELAY = 400;
  const PATIENCE = 10000;
  let revision = Number(form.elements.revision.value);
  let dirty = false;
  let sending = null;
  let stopped = false;
  let wait = FIRST_WAIT;
  let timer = null;
  let stored = true;
  /** What was sent and may have been saved: no answer came. */
  const lost = [];

  const state = (kind) => {
    told.dataset.kind = kind;
    told.textContent = told.dataset[kind] || "";
  };

  /** Every field as it stands, to be put back after a crash. */
  const fields = () => {
    const found = {};
    for (const [name, value] of new FormData(form)) if (/^(answer|reason)-/.test(name)) found[name] = value;
    return found;
  };

  /** What the server takes: criteria with an answer. */
  const answers = () => {
    const found = fields();
    return Object.keys(found).filter((name) => name.startsWith("answer-")).map((name) => {
      const criterion = name.slice(7);
      const reason = (found[`reason-${criterion}`] || "").trim();
      return reason ? { criterion, answer: found[name], reason } : { criterion, answer: found[name] };
    });
  };

  const keep = () => {
    try {
      window.localStorage.setItem(key, JSON.stringify(fields()));
      stored = true;
    } catch {
      stored = false;
    }
  };

  const forget = () => {
    try {
      window.localStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
  };

  // A connection that is neither there nor gone is given up, and tried again.
  const put = (at) => fetch(`/v1${form.dataset.autosave}`, {
    method: "PUT", credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE),
    headers: { "Content-Type": "application/json", "If-Match": `"${at}"`, "X-CSRF-Token": form.elements.csrf.value },
    body: JSON.stringify({ answers: answers() }),
  });

  const essence = (given) => JSON.stringify(given.map((one) => [one.criterion, one.answer, one.reason || ""]).sort());

  /** What the server has; null where it cannot be asked. */
  const read = async () => {
    const answer = await fetch(`/v1${form.dataset.autosave}`, { credentials: "same-origin" }).catch(() => null);
    return answer && answer.ok ? answer.json() : null;
  };

  const later = () => {
    state("waiting");
    timer = window.setTimeout(again, wait);
    wait = Math.min(LONGEST_WAIT, wait * 2);
  };

  /** The server has another revision: one that was saved from here, and only its answer was lost, is no conflict; what stands here is saved next. */
  const stale = async () => {
    const found = await read();
    if (!found) {
      later();
    } else if ([...lost, essence(answers())].includes(essence(found.answers))) {
      revision = found.revision;
    } else {
      stopped = true;
      state("conflict");
      clash.hidden = false;
    }
  };

  const exchange = async () => {
    dirty = false;
    state("saving");
    const sent = essence(answers());
    let answer;
    try {
      answer = await put(revision);
    } catch {
      lost.push(sent);
      dirty = true;
      later();
      return;
    }
    if (answer.ok) {
      revision = (await answer.json()).revision;
      form.elements.revision.value = revision;
      lost.length = 0;
      wait = FIRST_WAIT;
      if (!dirty) {
        state(Object.entries(fields()).some(([name, value]) => name.startsWith("reason-") && value.trim()
          && !form.querySelector(`[name="${CSS.escape(`answer-${name.slice(7)}`)}"]:checked`)) ? "lacking" : "saved");
        if (told.dataset.kind === "saved") forget();
      }
    } else if (answer.status === 412) {
      dirty = true;
      await stale();
    } else if (answer.status >= 500 || answer.status === 429) {
      dirty = true;
      later();
    } else {
      dirty = true;
      stopped = true;
      state("refused");
    }
  };

  /** Send what has changed, one request at a time; resolves when nothing is under way. */
  const send = async () => {
    window.clearTimeout(timer);
    timer = null;
    while (sending) await sending;
    while (dirty && !stopped && !timer) {
      sending = exchange();
      await sending;
      sending = null;
    }
  };

  function again() {
    timer = null;
    send();
  }

  const changed = (delay) => {
    dirty = true;
    keep();
    if (stopped) return;
    window.clearTimeout(timer);
    timer = window.setTimeout(again, delay);
  };

  const restore = () => {
    let found;
    try {
      found = JSON.parse(window.localStorage.getItem(key) || "null");
    } catch {
      found = null;
    }
    for (const [name, value] of Object.entries(found || {})) {
      const named = form.elements[name];
      if (named && named.value !== value) {
        named.value = value;
        dirty = true;
      }
    }
    // What was given before this script ran is noticed, too.
    const early = [...form.elements].some((one) => (one.type === "radio" && one.checked !== one.defaultChecked)
      || (one.type === "textarea" && one.value !== one.defaultValue));
    if (dirty || early) {
      changed(0);
    } else if (found) {
      // All that was kept here has reached the server.
      forget();
      state("saved");
    }
  };

  form.addEventListener("change", () => changed(0));
  form.addEventListener("input", (event) => { if (event.target.matches("textarea")) changed(DELAY); });
  window.addEventListener("online", () => { if (dirty && !stopped) again(); });
  window.addEventListener("beforeunload", (event) => { if (dirty && !stored) event.preventDefault(); });

  // Handing in waits until everything is saved; what cannot be saved is not handed in.
  form.addEventListener("submit", async (event) => {
    if (!dirty && !sending) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const button = event.submitter;
    await send();
    if (!dirty && !stopped) form.requestSubmit(button);
  }, true);

  clash.querySelector("[data-act=load]").addEventListener("click", () => {
    forget();
    dirty = false;
    window.location.reload();
  });
  clash.querySelector("[data-act=mine]").addEventListener("click", async () => {
    const found = await read();
    if (!found) return;
    revision = found.revision;
    clash.hidden = true;
    stopped = false;
    send();
  });

  restore();
})();
