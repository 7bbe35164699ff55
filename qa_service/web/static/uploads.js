// Sending files: each by itself, two at a time, tried again when the connection breaks; nothing is taken twice, since a name is taken once.
"use strict";

(() => {
  const form = document.getElementById("upload");
  const input = document.getElementById("file");
  if (!form || !input) {
    return;
  }
  const AT_ONCE = 2;
  const TRIES = 8;
  const LONGEST_WAIT = 30000;
  const part = (id) => document.getElementById(id);
  const words = form.dataset;
  const csrf = form.elements.csrf.value;
  const numbers = new Intl.NumberFormat(words.numbers);
  const measured = (unit) => new Intl.NumberFormat(words.numbers, { maximumFractionDigits: 1, style: "unit", unit, unitDisplay: "short" });
  const units = [["gigabyte", 1e9], ["megabyte", 1e6], ["kilobyte", 1e3], ["byte", 1]].map(([unit, size]) => ({ size, pen: measured(unit) }));
  const sized = (bytes) => {
    const { size, pen } = units.find((one) => bytes >= one.size) || units[units.length - 1];
    return pen.format(bytes / size);
  };
  const entries = [];
  let selections = 0;
  let batch = null;
  let busy = false;
  let over = false;
  let toldStep = -1;

  const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => numbers.format(values[name]));
  const element = (name, text, className) => {
    const made = document.createElement(name);
    if (text !== undefined) {
      made.textContent = text;
    }
    if (className) {
      made.className = className;
    }
    return made;
  };
  const sleep = (wait) => new Promise((resolve) => {
    const on = () => { window.clearTimeout(timer); window.removeEventListener("online", on); resolve(); };
    const timer = window.setTimeout(on, wait);
    window.addEventListener("online", on);
  });
  /** What a page of ours says, as plain words. */
  const plain = (answer) => new DOMParser().parseFromString(answer, "text/html").body.textContent.replace(/\s+/g, " ").trim();

  const show = (entry, state, text) => {
    entry.state = state;
    entry.row.dataset.state = state;
    entry.told.textContent = text || words[{ ready: "ready", sending: "sending", sent: "sent", waiting: "waiting" }[state]] || "";
    entry.told.classList.toggle("bad", state === "failed" || state === "refused");
    entry.bar.hidden = state !== "sending" && state !== "waiting";
    entry.remove.hidden = busy || state === "sent";
  };

  const row = (entry) => {
    entry.row = element("li");
    const name = element("span", undefined, "file");
    name.append(element("bdi", entry.name));
    entry.told = element("span", "", "tag");
    entry.bar = element("progress");
    entry.bar.max = 1;
    entry.bar.value = 0;
    entry.bar.setAttribute("aria-label", entry.name);
    entry.remove = element("button", words.remove, "plain");
    entry.remove.type = "button";
    entry.remove.setAttribute("aria-label", `${words.remove}: ${entry.name}`);
    entry.remove.addEventListener("click", () => { entries.splice(entries.indexOf(entry), 1); entry.row.remove(); total(); input.focus(); });
    entry.row.append(name, " ", element("bdi", sized(entry.file.size), "faint"), " ", entry.told, entry.bar, entry.remove);
    return entry.row;
  };

  const total = () => {
    const open = entries.filter((one) => one.state !== "refused");
    const sent = open.filter((one) => one.state === "sent").length;
    const bytes = open.reduce((sum, one) => sum + one.file.size + 1, 0);
    const done = open.reduce((sum, one) => sum + (one.state === "sent" ? one.file.size + 1 : one.bar.value * one.file.size), 0);
    part("outgoing").hidden = entries.length === 0;
    part("outgoing-bar").hidden = !busy && sent === 0;
    part("outgoing-bar").value = bytes ? done / bytes : 0;
    part("outgoing-told").textContent = busy || sent
      ? filled(words.progress, { done: sent, all: open.length }) : filled(words.chosen, { all: entries.length });
    const step = open.length ? Math.floor(4 * sent / open.length) : 0;
    if (busy && step !== toldStep) {
      toldStep = step;
      window.qa.say(part("outgoing-told").textContent);
    }
  };

  /** A selection whose names are there already goes into a folder of its own: side-cars stay beside their recordings. */
  const add = (files) => {
    selections += 1;
    const fresh = files.filter((one) => !one.name.split("/").some((name) => name.startsWith(".")))
      .filter((one) => !entries.some((old) => old.name === one.name && old.file.size === one.file.size && old.file.lastModified === one.file.lastModified));
    const taken = new Set(entries.map((one) => one.name));
    const folder = fresh.some((one) => taken.has(one.name)) ? `${selections}/` : "";
    const made = document.createDocumentFragment();
    for (const one of fresh) {
      if (entries.length >= Number(words.mostFiles)) {
        window.alert(words.tooMany);
        break;
      }
      const entry = { file: one.file, name: `${folder}${one.name}` };
      made.append(row(entry));
      entries.push(entry);
      show(entry, one.file.size > Number(words.mostBytes) ? "refused" : "ready", one.file.size > Number(words.mostBytes) ? words.tooLarge : undefined);
    }
    part("outgoing-list").append(made);
    total();
    window.qa.say(part("outgoing-told").textContent);
  };

  const chosen = (files) => add([...files].map((file) => ({ file, name: file.webkitRelativePath || file.name })));

  /** Everything below what was dropped. */
  const within = async (entry, found) => {
    if (entry.isFile) {
      const file = await new Promise((resolve, reject) => { entry.file(resolve, reject); });
      found.push({ file, name: entry.fullPath.replace(/^\//, "") });
      return;
    }
    const reader = entry.createReader();
    for (;;) {
      const some = await new Promise((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (some.length === 0) {
        return;
      }
      for (const one of some) {
        await within(one, found);
      }
    }
  };

  const once = (path, body, onProgress) => new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", path);
    request.setRequestHeader("X-CSRF-Token", csrf);
    request.setRequestHeader("HX-Request", "true");
    if (onProgress) {
      request.upload.addEventListener("progress", (event) => { onProgress(event.total ? event.loaded / event.total : 0); });
    }
    request.addEventListener("load", () => resolve({ status: request.status, text: request.responseText }));
    ["error", "abort", "timeout"].forEach((name) => request.addEventListener(name, () => resolve({ status: 0, text: "" })));
    request.send(body);
  });

  /** Until somebody answers; a server that is restarting counts as nobody. */
  const insisting = async (path, body, { onProgress, onWait } = {}) => {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await once(path, body(), onProgress);
      if (![0, 502, 503, 504].includes(answer.status) || attempt === TRIES) {
        return answer;
      }
      if (onWait) {
        onWait();
      }
      await sleep(Math.min(LONGEST_WAIT, 1000 * 2 ** attempt));
    }
  };

  const reason = (answer) => (answer.status === 0 ? words.waiting : answer.status === 401 ? words.signedOut : `${words.unsent} ${plain(answer.text)}`);

  const upload = async (entry) => {
    show(entry, "sending");
    const body = () => {
      const data = new FormData();
      data.append("file", entry.file, entry.name);
      return data;
    };
    const answer = await insisting(`/uploads/${batch}/files`, body, {
      onProgress: (share) => { entry.bar.value = share; show(entry, "sending"); total(); },
      onWait: () => { entry.bar.value = 0; show(entry, "waiting"); },
    });
    show(entry, answer.status === 200 ? "sent" : "failed", answer.status === 200 ? undefined : reason(answer));
    total();
  };

  const begin = async (waiting) => {
    const data = new FormData(form);
    data.delete("file");
    data.append("first", waiting[0].name.slice(0, 400));
    data.append("count", String(waiting.length));
    const answer = await insisting("/uploads/begin", () => new URLSearchParams(data));
    if (answer.status === 201) {
      batch = JSON.parse(answer.text).batch;
    }
    return answer;
  };

  const finish = async () => {
    const answer = await insisting(`/uploads/${batch}/send`, () => new URLSearchParams({ csrf }));
    if (answer.status === 200) {
      over = true;
      window.location.assign(`/uploads/${batch}`);
      return;
    }
    stop(reason(answer));
  };

  const stop = (text) => {
    busy = false;
    entries.forEach((one) => show(one, one.state, one.told.textContent));
    part("outgoing-told").textContent = text;
    window.qa.say(text);
    part("send").hidden = true;
    part("again").hidden = false;
    part("go-on").hidden = !entries.some((one) => one.state === "sent");
    part("again").focus();
  };

  const send = async () => {
    const waiting = entries.filter((one) => one.state === "ready" || one.state === "failed");
    if (busy || (waiting.length === 0 && !batch)) {
      input.focus();
      return;
    }
    busy = true;
    ["send", "again", "go-on"].forEach((id) => { part(id).hidden = true; });
    waiting.forEach((one) => show(one, "ready"));
    total();
    if (!batch) {
      const answer = await begin(waiting);
      if (!batch) {
        stop(reason(answer));
        return;
      }
    }
    const queue = [...waiting];
    const lane = async () => {
      for (let entry = queue.shift(); entry; entry = queue.shift()) {
        await upload(entry);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
    if (entries.some((one) => one.state === "failed" || one.state === "refused")) {
      stop(words.some);
    } else {
      await finish();
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    send();
  });
  part("again").addEventListener("click", send);
  part("go-on").addEventListener("click", () => { busy = true; finish(); });
  input.removeAttribute("required");
  input.addEventListener("change", () => { chosen(input.files); input.value = ""; });
  const folder = part("folder");
  folder.addEventListener("change", () => { chosen(folder.files); folder.value = ""; });
  form.querySelector("[data-folder]").addEventListener("click", () => folder.click());
  form.querySelector("[data-scripted]").hidden = false;

  const drop = form.querySelector("[data-drop]");
  ["dragenter", "dragover"].forEach((name) => drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); }));
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (busy) {
      return;
    }
    const dropped = [...event.dataTransfer.items].map((one) => one.webkitGetAsEntry && one.webkitGetAsEntry()).filter(Boolean);
    const files = [...event.dataTransfer.files];
    const found = [];
    for (const one of dropped) {
      await within(one, found);
    }
    add(found.length ? found : files.map((file) => ({ file, name: file.name })));
  });

  window.addEventListener("beforeunload", (event) => {
    if (busy && !over) {
      event.preventDefault();
    }
  });
  // Whoever leaves all the same: what has come goes on.
  window.addEventListener("pagehide", () => {
    if (batch && !over && entries.some((one) => one.state === "sent")) {
      navigator.sendBeacon(`/uploads/${batch}/send`, new URLSearchParams({ csrf }));
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) {
      window.location.reload();
    }
  });
})();
