// A reviewer's own evidence: words selected in what was said, or a stretch of time, put to the criterion that is being answered.
"use strict";

window.qaOwn = (() => {
  const TIME = /^(?:(\d+):)?(\d+):(\d{1,2})(?:\.(\d))?$/;

  class Own {
    /** @param {{here: Function, changed: Function, tell: Function}} told the criterion that is open, what to do when its evidence changed */
    constructor(bench, player, told) {
      this.words = bench.dataset;
      this.player = player;
      this.told = told;
      this.button = document.getElementById("pick-words");
      this.stretch = document.getElementById("pick-stretch");
      this.begun = null;
      if (this.button) this.#selecting();
      if (this.stretch && player) this.#timing();
      document.getElementById("bench").addEventListener("click", (event) => this.#removed(event));
    }

    /** What is put to a criterion, as the service takes it. */
    pieces(place) {
      return [...place.querySelectorAll(".own li")].map(({ dataset }) => (dataset.quote
        ? { turn: Number(dataset.turn), quote: dataset.quote }
        : { start_ms: Number(dataset.start), end_ms: Number(dataset.end) }));
    }

    /** Show what the service has. */
    fill(place, evidence) {
      const list = place.querySelector(".own");
      const same = JSON.stringify(evidence.map(told)) === JSON.stringify([...list.children].map((one) => told(piece(one))));
      if (!same) list.replaceChildren(...evidence.map((one) => this.#item(one)));
      this.draw();
    }

    /** Stretches of all own evidence, into the picture. */
    draw() {
      this.player?.mark("own", [...document.querySelectorAll(".own li")].filter((one) => one.dataset.start && one.dataset.end)
        .map(({ dataset }) => [Number(dataset.start), Number(dataset.end), -1]));
    }

    /** The words that are selected. */
    quote() {
      const found = window.qaSelected();
      if (!found.length) this.told.tell(this.words.select);
      else if (this.add(found)) {
        window.getSelection().removeAllRanges();
        this.button.hidden = true;
      }
    }

    /** Where a stretch begins: where the recording stands. */
    begin() {
      if (!this.player || !this.stretch) return;
      this.begun = this.player.at;
      this.#fields(this.begun, null);
      window.qa?.say(`${this.words.from} ${this.#clock(this.begun)}`);
    }

    /** Where it ends; then it is put to the criterion. */
    end() {
      if (!this.player || !this.stretch) return;
      const end = this.player.at;
      this.#chosen(this.begun ?? Math.max(0, end - 5000), end);
      this.#stretch();
    }

    add(found) {
      const place = this.told.here();
      if (!place) return false;
      const there = new Set(this.pieces(place).map((one) => JSON.stringify(told(one))));
      const fresh = found.filter((one) => !there.has(JSON.stringify(told(one))));
      place.querySelector(".own").append(...fresh.map((one) => this.#item(one)));
      this.draw();
      if (fresh.length) this.told.changed(place);
      window.qa?.say(this.words.added);
      return true;
    }

    #item(one) {
      const item = document.createElement("li");
      const start = one.start_ms ?? times(one)?.[0];
      const end = one.end_ms ?? times(one)?.[1];
      Object.assign(item.dataset, { turn: one.turn ?? "", quote: one.quote || "", start: start ?? "", end: end ?? "" });
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "evidence" });
      Object.assign(button.dataset, { turn: one.turn ?? "", start: start ?? "", end: end ?? "", from: one.start ?? "", to: one.start === undefined ? "" : one.end });
      if (start !== undefined && start !== null && this.player) {
        const when = document.createElement("span");
        Object.assign(when, { className: "when", textContent: `${this.#clock(start)}${one.quote ? "" : `–${this.#clock(end)}`}` });
        button.append(when);
      }
      const words = document.createElement("q");
      Object.assign(words, { dir: "auto", textContent: one.quote || this.words.span });
      button.append(words);
      const away = document.createElement("button");
      Object.assign(away, { type: "button", className: "away", textContent: "×" });
      away.setAttribute("aria-label", `${this.words.remove} ${one.quote || this.#clock(start)}`);
      item.append(button, away);
      return item;
    }

    #removed(event) {
      const away = event.target.closest(".own .away");
      const place = away?.closest(".criterion");
      if (!place || this.words.held !== "true") return;
      away.closest("li").remove();
      this.draw();
      this.told.changed(place);
    }

    #selecting() {
      document.addEventListener("selectionchange", () => {
        window.clearTimeout(this.timer);
        this.timer = window.setTimeout(() => this.#offer(), 120);
      });
      // Pressing it must not take the selection away.
      this.button.addEventListener("pointerdown", (event) => event.preventDefault());
      this.button.addEventListener("click", () => this.quote());
    }

    /** The button stands below what was selected. */
    #offer() {
      const found = document.activeElement?.matches("textarea, input[type=text]") ? [] : window.qaSelected();
      this.button.hidden = !found.length;
      if (!found.length) return;
      const box = window.getSelection().getRangeAt(0).getBoundingClientRect();
      const height = this.button.offsetHeight;
      this.button.style.top = `${Math.max(8, Math.min(window.innerHeight - height - 8, box.bottom + 6))}px`;
      this.button.style.left = `${Math.max(8, Math.min(window.innerWidth - this.button.offsetWidth - 8, box.left))}px`;
    }

    #timing() {
      this.player.wave.told.chosen = (start, end) => this.#chosen(start, end);
      this.stretch.addEventListener("submit", (event) => {
        event.preventDefault();
        delete this.stretch.dataset.sent;
        this.#stretch();
      });
    }

    #chosen(start, end) {
      this.player.wave.choose([start, end]);
      this.#fields(start, end);
      this.stretch.closest("details").open = true;
    }

    #fields(start, end) {
      const [from, to] = this.stretch.querySelectorAll("input[type=text]");
      from.value = plain(start);
      to.value = end === null ? "" : plain(end);
    }

    #stretch() {
      const [start, end] = [...this.stretch.querySelectorAll("input[type=text]")].map((one) => read(one.value));
      if (start === null || end === null || end <= start || end > this.player.duration + 1000) {
        this.told.tell(this.words.noStretch);
        return;
      }
      if (this.add([{ start_ms: start, end_ms: Math.min(end, Math.floor(this.player.duration)) }])) {
        this.begun = null;
        this.player.wave.choose(null);
        this.#fields(0, null);
        this.stretch.querySelector("input").value = "";
      }
    }

    #clock(ms) {
      const digits = (value, places) => new Intl.NumberFormat(this.words.numbers, { minimumIntegerDigits: places, useGrouping: false }).format(value);
      const seconds = Math.floor(ms / 1000);
      return `${digits(Math.floor(seconds / 60), 1)}:${digits(seconds % 60, 2)}`;
    }
  }

  /** What tells two pieces apart. */
  const told = (one) => (one.quote ? [one.turn, one.quote] : [Number(one.start_ms), Number(one.end_ms)]);

  const piece = ({ dataset }) => ({ turn: Number(dataset.turn), quote: dataset.quote, start_ms: dataset.start, end_ms: dataset.end });

  /** When the turn of a quote was said. */
  function times(one) {
    const { start, end } = document.getElementById(`t-${one.turn}`)?.dataset || {};
    return start === undefined ? null : [Number(start), Number(end)];
  }

  function plain(ms) {
    const tenths = Math.round(ms / 100);
    return `${Math.floor(tenths / 600)}:${String(Math.floor(tenths / 10) % 60).padStart(2, "0")}.${tenths % 10}`;
  }

  /** ``m:ss`` or ``h:mm:ss``, with tenths, in any digits; ms, or ``null``. */
  function read(text) {
    const found = TIME.exec(text.trim().replace(/[۰-۹]/g, (one) => one.charCodeAt(0) - 0x6f0).replace(/[٠-٩]/g, (one) => one.charCodeAt(0) - 0x660));
    if (!found) return null;
    const [, hours = 0, minutes, seconds, tenth = 0] = found;
    return ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(tenth) * 100;
  }

  return Own;
})();
