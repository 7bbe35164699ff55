// The picture of a recording: all of it in one strip, and what is being heard in another, one lane a party; time runs from left to right.
"use strict";

window.qaWave = (() => {
  /** Seconds that the strip of what is heard shows. */
  const SHOWN = 30;
  /** Where in it the moment stands that is heard. */
  const HERE = 0.4;
  /** A stretch that was drawn with the pointer and is shorter than this is a click, ms. */
  const CLICK = 250;
  const KINDS = ["silence", "hold", "line", "overtalk", "masked", "evidence", "own"];

  class Wave {
    /** @param {HTMLElement} root has the canvases ``.lens`` and ``.all`` @param {{seek: Function, chosen: Function}} told */
    constructor(root, told) {
      this.root = root;
      this.told = told;
      this.lens = root.querySelector("canvas.lens");
      this.all = root.querySelector("canvas.all");
      this.hidden = new Set();
      this.spans = {};
      this.speech = [];
      this.peaks = null;
      this.lanes = [];
      this.duration = 0;
      this.now = 0;
      this.chosen = null;
      this.#listen();
    }

    /** What is known; peaks may be missing: then voices are drawn where somebody talks. */
    show({ duration, lanes, speech, spans, peaks }) {
      Object.assign(this, { duration, lanes, speech, spans, peaks });
      this.top = peaks ? Math.max(10, ...peaks.channels.map((one) => one.reduce((most, value) => Math.max(most, value), 0))) : 100;
      this.redraw();
    }

    /** Other stretches of one kind. */
    mark(kind, spans) {
      this.spans[kind] = spans;
      this.redraw();
    }

    toggle(kind, shown) {
      if (shown) this.hidden.delete(kind);
      else this.hidden.add(kind);
      this.redraw();
    }

    /** Sizes, colours and both strips anew. */
    redraw() {
      const style = getComputedStyle(this.root);
      this.colours = Object.fromEntries([...KINDS, "agent", "customer", "other", "heard", "paper", "chosen"].map(
        (name) => [name, style.getPropertyValue(`--wave-${name}`).trim()],
      ));
      for (const one of [this.lens, this.all]) fit(one);
      this.#strip(this.all, 0, this.duration);
      this.kept = null;
      this.at(this.now);
    }

    /** Show what is heard at this moment, ms. */
    at(now) {
      this.now = now;
      const span = Math.min(SHOWN * 1000, this.duration || SHOWN * 1000);
      this.from = Math.max(0, Math.min(now - span * HERE, this.duration - span));
      this.#strip(this.lens, this.from, this.from + span);
      line(this.lens, (now - this.from) / span, this.colours.heard);
      this.#overview();
    }

    /** The whole strip is drawn once; only the line moves over it. */
    #overview() {
      const place = this.duration ? this.now / this.duration : 0;
      const x = Math.round(place * this.all.clientWidth);
      if (x === this.kept) return;
      this.kept = x;
      this.root.querySelector(".here").style.transform = `translateX(${x}px)`;
    }

    #strip(canvas, from, to) {
      const context = canvas.getContext("2d");
      const { width, height } = canvas;
      context.fillStyle = this.colours.paper;
      context.fillRect(0, 0, width, height);
      if (to <= from) return;
      const lanes = this.lanes.length || 1;
      const x = (ms) => ((ms - from) / (to - from)) * width;
      const lane = (party) => {
        const found = this.lanes.indexOf(party === 0 ? "agent" : "customer");
        return party < 0 || found < 0 ? [0, height] : [found * height / lanes, height / lanes];
      };
      for (const kind of ["silence", "hold", "line"]) this.#fill(context, kind, from, to, x, lane);
      for (let one = 0; one < lanes; one++) this.#voice(context, one, from, to, width, one * height / lanes, height / lanes);
      for (const kind of ["overtalk", "masked", "evidence", "own"]) this.#fill(context, kind, from, to, x, lane);
      if (this.chosen) {
        context.fillStyle = this.colours.chosen;
        context.fillRect(x(this.chosen[0]), 0, Math.max(1, x(this.chosen[1]) - x(this.chosen[0])), height);
      }
    }

    #fill(context, kind, from, to, x, lane) {
      if (this.hidden.has(kind)) return;
      context.fillStyle = this.colours[kind];
      for (const [start, end, party] of this.spans[kind] || []) {
        if (end < from || start > to) continue;
        const [top, height] = lane(party);
        context.fillRect(x(start), top, Math.max(1.5, x(end) - x(start)), height);
      }
    }

    /** Loudness of one channel; who talks colours it where both share one. */
    #voice(context, channel, from, to, width, top, height) {
      const talks = this.lanes.length ? null : this.#talkers(from, to);
      const own = this.colours[this.lanes[channel] || "other"];
      const values = this.peaks ? this.peaks.channels[channel] : null;
      const step = 3 * (window.devicePixelRatio || 1);
      const middle = top + height / 2;
      for (let x = 0; x < width; x += step) {
        const start = from + (x / width) * (to - from);
        const end = from + ((x + step) / width) * (to - from);
        const share = values ? loudest(values, start / this.duration, end / this.duration) / this.top : this.#heard(start, end, channel);
        const tall = Math.max(1, share * (height - 4));
        context.fillStyle = talks ? this.colours[talks(start, end)] : own;
        context.fillRect(x, middle - tall / 2, step * 0.7, tall);
      }
    }

    /** Without a picture: as loud as somebody talks or not. */
    #heard(start, end, channel) {
      const party = this.lanes.length ? ["agent", "customer"].indexOf(this.lanes[channel]) : null;
      return this.speech.some(([from, to, who]) => (party === null || who === party) && from < end && to > start) ? 0.5 : 0;
    }

    #talkers(from, to) {
      const near = this.speech.filter(([start, end]) => start <= to && end >= from);
      return (start, end) => {
        const found = near.find((one) => one[0] < end && one[1] > start);
        return found ? ["agent", "customer"][found[2]] || "other" : "other";
      };
    }

    #listen() {
      const place = (canvas, event) => {
        const box = canvas.getBoundingClientRect();
        const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
        return canvas === this.all ? share * this.duration : this.from + share * Math.min(SHOWN * 1000, this.duration);
      };
      this.all.parentElement.addEventListener("pointerdown", (event) => this.told.seek(place(this.all, event)));
      let begun = null;
      this.lens.addEventListener("pointerdown", (event) => {
        begun = place(this.lens, event);
        this.lens.setPointerCapture(event.pointerId);
      });
      this.lens.addEventListener("pointermove", (event) => {
        if (begun === null || !this.told.chosen) return;
        const here = place(this.lens, event);
        this.chosen = [Math.min(begun, here), Math.max(begun, here)];
        this.at(this.now);
      });
      this.lens.addEventListener("pointerup", (event) => {
        if (begun === null) return;
        const here = place(this.lens, event);
        if (Math.abs(here - begun) < CLICK || !this.told.chosen) {
          this.choose(null);
          this.told.seek(here);
        } else {
          this.told.chosen(Math.min(begun, here), Math.max(begun, here));
        }
        begun = null;
      });
      this.lens.addEventListener("pointercancel", () => { begun = null; });
      new ResizeObserver(() => this.redraw()).observe(this.root);
      window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
    }

    /** The stretch that is being chosen, or none. */
    choose(span) {
      this.chosen = span;
      this.at(this.now);
    }
  }

  function loudest(values, from, to) {
    const first = Math.max(0, Math.floor(from * values.length));
    const last = Math.min(values.length, Math.max(first + 1, Math.ceil(to * values.length)));
    let most = 0;
    for (let one = first; one < last; one++) if (values[one] > most) most = values[one];
    return most;
  }

  function line(canvas, share, colour) {
    const context = canvas.getContext("2d");
    context.fillStyle = colour;
    context.fillRect(Math.round(share * canvas.width) - 1, 0, 2 * (window.devicePixelRatio || 1), canvas.height);
  }

  function fit(canvas) {
    const scale = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(canvas.clientWidth * scale), Math.round(canvas.clientHeight * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  }

  return Wave;
})();
