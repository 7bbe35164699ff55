// The workbench: answers by key, saved as one goes; nothing that was answered is lost.
"use strict";

(() => {
  const bench = document.getElementById("bench");
  const words = bench.dataset;
  const held = words.held === "true";
  const criteria = [...document.querySelectorAll(".criterion[data-criterion]")];
  const whole = document.getElementById("whole");
  /** From here on both panes stand beside each other, px. */
  const WIDE = 960;
  const KEPT = `qa-bench:${words.card}`;
  let here = -1;
  let heard = 0;
  let finishing = false;

  const player = words.audio === "true" && document.getElementById("player") ? new window.qaPlayer(bench) : null;
  window.qaQuotes(player);
  const own = new window.qaOwn(bench, player, { here: () => (held ? criteria[here] : null), changed, tell: (text) => told(criteria[here], text) });

  document.querySelectorAll(".own").forEach((list) => own.fill(list.closest(".criterion"), JSON.parse(list.dataset.evidence || "[]")));

  /** What the form says of a criterion; ``"default"``: what it said when it came from the server. */
  function said(place, when = "now") {
    const [value, checked] = when === "default" ? ["defaultValue", "defaultChecked"] : ["value", "checked"];
    const text = (name) => place.querySelector(`textarea[name="${name}"]`)?.[value].trim() || null;
    const chosen = [...place.querySelectorAll("input[type=radio]")].find((one) => one[checked]);
    const words = { reason: text("reason"), comment: text("comment"), note: text("note") };
    return place === whole ? { comment: words.comment, note: words.note } : { answer: chosen?.value ?? null, ...words, evidence: own.pieces(place) };
  }

  const wholeSaid = () => said(whole);
  const early = (place) => window.qaEssence(said(place)) !== window.qaEssence(said(place, "default"));

  const place = (criterion) => (criterion ? document.getElementById(`c-${criterion}`) : whole);
  const titled = (criterion) => place(criterion)?.querySelector("legend").firstChild.textContent.trim() || criterion;
  const answered = (form, answer) => [...form.querySelectorAll("input[type=radio]")].find((one) => one.value === answer)
    ?.parentElement.querySelector(".option").textContent.trim() || "–";

  const outbox = held ? new window.qaOutbox(
    {
      card: words.card, user: words.user, revision: Number(words.revision), csrf: words.csrf,
      known: new Map([whole, ...criteria].filter(Boolean).map((one) => [one.dataset.criterion ?? "", window.qaEssence(said(one, "default"))])),
    },
    { state, saved, refused, conflict, elsewhere, token },
  ) : null;

  function state(kind) {
    const shown = document.getElementById("state");
    shown.dataset.kind = kind;
    shown.textContent = words[kind.replace(/_(.)/g, (_, letter) => letter.toUpperCase())];
    document.getElementById("sign-in-again").hidden = kind !== "signed_out" && kind !== "other_user";
    document.getElementById("settle").hidden = kind !== "conflict";
    for (const one of criteria) {
      if (outbox?.waiting.has(one.dataset.criterion)) one.dataset.kind = "unsaved";
      else delete one.dataset.kind;
    }
    if (finishing && kind === "saved") document.getElementById("finalize").requestSubmit();
    else if (kind !== "saving") finishing = false;
  }

  function saved(card) {
    document.getElementById("revision").value = card.revision;
    score(card);
    for (const one of card.criteria) {
      const form = place(one.id);
      if (!form || outbox.waiting.has(one.id)) continue;
      form.dataset.answer = one.answer || "";
      told(form, "");
      own.fill(form, one.answered?.evidence || []);
    }
    left();
  }

  function score(card) {
    const shown = document.getElementById("score");
    const text = card.score === null ? words.noScore : new Intl.NumberFormat(words.numbers, { minimumFractionDigits: 1, maximumFractionDigits: 1 }).format(card.score);
    const node = document.createElement(card.score === null ? "span" : "strong");
    node.textContent = text;
    shown.replaceChildren(node, card.passed === null ? "" : ` ${card.passed ? words.passed : words.failed}`);
  }

  /** How many answers are still to be given by a person. */
  function left() {
    const open = criteria.filter((one) => one.dataset.needed === "true" && !one.dataset.answer);
    document.getElementById("left").textContent = open.length ? `${words.left} ${new Intl.NumberFormat(words.numbers).format(open.length)}` : words.none;
    return open;
  }

  /** Put the form as the service has it, but for what waits to be sent. */
  function sync(card) {
    for (const one of card.criteria) {
      const form = place(one.id);
      if (!form || outbox.waiting.has(one.id)) continue;
      for (const input of form.querySelectorAll("input[type=radio]")) input.checked = input.value === one.answer;
      for (const name of ["reason", "comment", "note"]) write(form.querySelector(`textarea[name="${name}"]`), one.answered?.[name]);
      form.querySelector(".reason").hidden = !one.answered?.reason;
    }
    if (whole && !outbox.waiting.has("")) for (const name of ["comment", "note"]) write(document.getElementById(name), card[name]);
    saved(card);
  }

  function write(field, text) {
    if (field && field !== document.activeElement) field.value = text || "";
  }

  function elsewhere(card) {
    sync(card);
    window.qa?.say(words.elsewhere);
    outbox.send();
  }

  function token(csrf) {
    for (const one of document.querySelectorAll("input[name=csrf]")) one.value = csrf;
  }

  function refused(problem, criterion) {
    const form = criterion ? place(criterion) : null;
    const text = problem.code === "claim" ? words.taken : problem.hint ? `${problem.detail} (${problem.hint})` : problem.detail;
    if (form) {
      told(form, text);
      form.querySelector(".reason").hidden = false;
    } else if (problem.code !== "claim") {
      document.getElementById("state").textContent = `${words.refused} ${text}`;
    }
  }

  function told(form, text) {
    if (!form) return;
    const shown = form.querySelector(".told");
    shown.textContent = text;
    shown.hidden = !text;
  }

  function conflict(card) {
    const dialog = document.getElementById("conflict");
    document.getElementById("unsaved").replaceChildren(...[...outbox.waiting].map(([criterion, one]) => difference(card, criterion, one)));
    dialog.returnValue = "";
    if (!dialog.open) dialog.showModal();
  }

  /** What a criterion says here, and there. */
  function difference(card, criterion, one) {
    const item = document.createElement("li");
    const form = place(criterion);
    const there = card?.criteria.find((some) => some.id === criterion);
    const title = document.createElement("strong");
    title.textContent = criterion ? titled(criterion) : words.whole;
    item.append(title);
    if (criterion && form) {
      const line = document.createElement("p");
      line.textContent = `${words.mine} ${answered(form, one.said.answer)}${there ? ` · ${words.there} ${answered(form, there.answer)}` : ""}`;
      item.append(line);
    }
    return item;
  }

  async function settled(choice) {
    const card = choice ? await outbox.read() : null;
    // Nothing was chosen, or nobody can be asked: what is not saved stays.
    if (!card) return;
    if (choice === "theirs") outbox.drop();
    sync(card);
    outbox.resume(card);
  }

  function changed(form) {
    const now = said(form);
    const criterion = form.dataset.criterion;
    if (now.answer === null) {
      if (now.reason || now.comment || now.note || now.evidence.length) {
        told(form, words.choose);
        outbox.draft(criterion, now);
      }
      return;
    }
    const { suggested } = form.dataset;
    if (suggested && suggested !== "undecided" && suggested !== now.answer && !now.reason) {
      const reason = form.querySelector(".reason");
      reason.hidden = false;
      if (!form.contains(document.activeElement) || !document.activeElement.matches("textarea")) reason.querySelector("textarea").focus();
      told(form, reason.querySelector("label").textContent);
      outbox.draft(criterion, now);
      form.dataset.kind = "unsaved";
      return;
    }
    told(form, "");
    outbox.put(criterion, now);
  }

  function go(index, { focus = true, scroll = true } = {}) {
    if (!criteria.length) return;
    here = Math.max(0, Math.min(criteria.length - 1, index));
    heard = 0;
    criteria.forEach((one, number) => one.classList.toggle("here", number === here));
    if (scroll) criteria[here].scrollIntoView({ block: "nearest" });
    const shown = document.getElementById("pick-for");
    if (shown) shown.textContent = titled(criteria[here].dataset.criterion);
    window.sessionStorage?.setItem(KEPT, criteria[here].dataset.criterion);
    if (focus) (criteria[here].querySelector("input:checked") || criteria[here].querySelector("input, button"))?.focus({ preventScroll: true });
  }

  function choose(number) {
    if (!held || here < 0) return;
    const inputs = [...criteria[here].querySelectorAll("input[type=radio]")];
    answer(number === 0 ? inputs.at(-1) : inputs.slice(0, -1)[number - 1]);
  }

  function accept() {
    const suggested = here < 0 ? "" : criteria[here].dataset.suggested;
    if (!held || !suggested || suggested === "undecided") return;
    answer([...criteria[here].querySelectorAll("input[type=radio]")].find((one) => one.value === suggested));
  }

  function answer(input) {
    if (!input) return;
    input.checked = true;
    changed(criteria[here]);
    if (criteria[here].querySelector(".told").hidden) go(here + 1);
  }

  function listen() {
    const pieces = here < 0 ? [] : [...criteria[here].querySelectorAll("button.evidence")];
    if (pieces.length) pieces[heard++ % pieces.length].click();
  }

  /** Into a field of the criterion that is open. */
  function explain(name) {
    if (!held || here < 0) return;
    const field = criteria[here].querySelector(`textarea[name="${name}"]`);
    if (!field) return;
    if (name === "reason") field.closest(".reason").hidden = false;
    else field.closest("details").open = true;
    field.focus();
  }

  /** The rule in words, or not. */
  function why() {
    const shown = here < 0 ? null : criteria[here].querySelector("details.whys");
    if (shown) shown.open = !shown.open;
  }

  async function takeBack() {
    if (!held || outbox.busy) return;
    const reply = await fetch(`/v1/scorecards/${encodeURIComponent(words.card)}/undo`, {
      method: "POST", headers: { "X-CSRF-Token": outbox.csrf, "If-Match": `"${outbox.revision}"` },
    }).catch(() => null);
    const body = reply ? await reply.json().catch(() => null) : null;
    if (reply?.ok) {
      outbox.resume(body);
      sync(body);
      window.qa?.say(words.undone);
    } else if (body) refused(body, null);
  }

  /** What is not complete or not answered comes first. */
  function finish() {
    if (!held) return;
    const unfinished = criteria.findIndex((one) => outbox.waiting.get(one.dataset.criterion)?.draft);
    const open = left();
    if (unfinished >= 0 || open.length) {
      go(unfinished >= 0 ? unfinished : criteria.indexOf(open[0]));
      if (unfinished < 0) told(criteria[here], words.needsYou);
      return;
    }
    document.getElementById("finalize").requestSubmit();
  }

  // Keys by their place on the keyboard, so that they are the same whatever language it writes.
  const keys = {
    KeyJ: () => go(here + 1), KeyK: () => go(here - 1), KeyA: accept, KeyE: listen, KeyU: takeBack, KeyF: finish,
    KeyR: () => explain("reason"), KeyC: () => explain("comment"), KeyN: () => explain("note"), KeyW: why,
    KeyQ: () => held && own.quote(), KeyI: () => held && own.begin(), KeyO: () => held && own.end(),
    Space: () => player?.toggle(), Comma: () => player?.jump(-5), Period: () => player?.jump(5), KeyG: () => player?.follow(),
    Minus: () => player?.faster(-1), Equal: () => player?.faster(1), KeyS: () => player?.skip(), Slash: () => document.getElementById("help").showModal(),
  };
  const single = document.getElementById("single-keys");
  single.checked = window.localStorage?.getItem("qa-keys") !== "off";
  single.addEventListener("change", () => window.localStorage?.setItem("qa-keys", single.checked ? "on" : "off"));
  document.getElementById("keys").addEventListener("click", keys.Slash);

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const { target } = event;
    if (target.matches("textarea, select, input:not([type=radio], [type=checkbox])")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (!single.checked) return;
    const digit = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    if (digit) {
      event.preventDefault();
      choose(Number(digit[1]));
    } else if (keys[event.code] && !(event.code === "Space" && target.matches("button, a, summary, input[type=checkbox]"))) {
      event.preventDefault();
      keys[event.code]();
    }
  });

  criteria.forEach((form, index) => form.addEventListener("focusin", () => { if (here !== index) go(index, { focus: false }); }));
  if (!held) {
    window.performance.mark("qa-keys");
    return;
  }

  criteria.forEach((form) => {
    let timer = null;
    form.addEventListener("change", (event) => { if (event.target.matches("input[type=radio]")) changed(form); });
    form.addEventListener("input", (event) => {
      if (!event.target.matches("textarea")) return;
      window.clearTimeout(timer);
      timer = window.setTimeout(() => { timer = null; changed(form); }, 600);
    });
    form.addEventListener("focusout", (event) => {
      if (!event.target.matches("textarea") || !timer) return;
      window.clearTimeout(timer);
      timer = null;
      changed(form);
    });
  });
  // A page that goes away between two keystrokes: what was typed is kept first.
  let typing = null;
  document.addEventListener("input", (event) => { typing = event.target.closest(".criterion"); });
  whole.addEventListener("input", () => outbox.draft("", wholeSaid()));
  whole.addEventListener("change", () => outbox.put("", wholeSaid()));
  window.addEventListener("pagehide", () => { if (typing?.dataset.criterion && document.activeElement?.matches("textarea")) changed(typing); });

  document.getElementById("undo").addEventListener("click", takeBack);
  document.getElementById("settle").addEventListener("click", async () => conflict(await outbox.read()));
  document.getElementById("conflict").addEventListener("close", (event) => settled(event.target.returnValue));
  document.getElementById("finalize").addEventListener("submit", (event) => {
    const unfinished = criteria.some((one) => outbox.waiting.get(one.dataset.criterion)?.draft);
    if (!outbox.busy && !unfinished) return;
    event.preventDefault();
    delete event.target.dataset.sent;
    finishing = !unfinished;
    if (unfinished) finish();
    else outbox.send();
  });
  window.addEventListener("beforeunload", (event) => { if (outbox.busy) event.preventDefault(); });

  // What was answered before this script ran is newer than what this browser kept.
  const untold = [whole, ...criteria].filter((form) => early(form));
  // What this browser still had from before is put back into the form, and sent.
  for (const [criterion, one] of outbox.waiting) {
    const form = place(criterion);
    if (!form || untold.includes(form)) continue;
    const fields = criterion ? [...form.querySelectorAll("textarea[name]")] : [...form.querySelectorAll("textarea")];
    for (const field of fields) if (one.said[field.name] !== undefined) field.value = one.said[field.name] || "";
    for (const input of form.querySelectorAll("input[type=radio]")) if (one.said.answer) input.checked = input.value === one.said.answer;
    if (!criterion) {
      one.draft = false;
      continue;
    }
    own.fill(form, one.said.evidence || []);
    if (one.said.reason) form.querySelector(".reason").hidden = false;
    if (one.draft) changed(form);
  }
  outbox.check();
  for (const form of untold) {
    if (form === whole) outbox.put("", wholeSaid());
    else changed(form);
  }
  left();
  const kept = criteria.findIndex((one) => one.dataset.criterion === window.sessionStorage?.getItem(KEPT));
  const first = criteria.findIndex((one) => one.dataset.needed === "true" && !one.dataset.answer);
  go(Math.max(0, kept >= 0 ? kept : first), { focus: false, scroll: window.innerWidth >= WIDE || kept > 0 });
  // Measured by ``qa-service bench pages``.
  window.performance.mark("qa-keys");
})();
