// The player: sound, its picture, and words that follow it. Whoever scrolls by hand is left alone until they ask to follow again.
"use strict";

window.qaPlayer = (() => {
  const SPEEDS = [0.75, 1, 1.25, 1.5, 1.75, 2, 2.5];
  /** Silences that are jumped over, and what is left of them, ms. */
  const GAP = 1500;
  const LEFT = 300;
  /** What is played after the end of a quote, ms. */
  const TAIL = 150;
  const UNSURE = 50;
  /** Numbers that tell a word. */
  const WORD = 5;
  const SCROLLS = ["PageUp", "PageDown", "ArrowUp", "ArrowDown", "Home", "End", "Space"];
  const KEPT = "qa-player";

  class Player {
    constructor(bench) {
      this.interaction = encodeURIComponent(bench.dataset.interaction);
      this.said = bench.querySelector(".said");
      this.told = bench.querySelector("#player").dataset;
      this.media = document.getElementById("media");
      this.list = document.getElementById("turns");
      this.turns = [...document.querySelectorAll(".turn[data-start]")].map((node, index) => ({
        node, index, id: Number(node.id.slice(2)), start: Number(node.dataset.start), end: Number(node.dataset.end),
      }));
      this.now = null;
      this.until = null;
      this.following = true;
      this.words = [];
      this.talk = merged(this.turns.map((one) => [one.start, one.end]));
      this.wave = new window.qaWave(bench.querySelector(".wave"), { seek: (ms) => this.seek(ms), chosen: null });
      this.#remember();
      this.#controls();
      this.#listen();
      this.ready = this.#load();
    }

    /** Seconds that the recording lasts, in ms; 0 while nobody knows. */
    get duration() { return this.known?.duration_ms || (Number.isFinite(this.media.duration) ? this.media.duration * 1000 : 0); }

    get at() { return this.media.currentTime * 1000; }

    async #load() {
      const [known, peaks] = await Promise.all([got(`/interactions/${this.interaction}/timeline`), got(`/interactions/${this.interaction}/peaks`)]);
      this.known = known;
      if (known) {
        this.words = known.words;
        this.talk = merged(known.speech.map(([start, end]) => [start, end]));
        this.#unsure();
        this.#count(known.spans);
      }
      if (!peaks) this.#tell(this.told.noPicture);
      this.wave.show({
        duration: this.duration || (peaks ? peaks.duration * 1000 : 0), peaks, speech: known?.speech || [],
        lanes: known ? known.lanes : peaks?.channels.length === 2 ? ["agent", "customer"] : [], spans: { ...known?.spans, ...this.wave.spans },
      });
      if (known) this.#label(known.lanes);
      this.#tick();
    }

    /** Other stretches in the picture: of quotes, of a reviewer's own. */
    mark(kind, spans) {
      this.wave.mark(kind, spans);
      const shown = document.querySelector(`.legend [data-kind="${kind}"]`);
      if (!shown) return;
    shown.querySelector(".n").textContent = number(spans.length);
    shown.closest("li").hidden = !spans.length;
    }

    #count(spans) {
      for (const [kind, found] of Object.entries(spans)) this.mark(kind, found);
    }

    /** Which lane is whose; where both share one, which colour. */
    #label(lanes) {
      const shown = lanes.length ? lanes : ["agent", "customer"];
      document.querySelector(".near").dataset.shared = String(!lanes.length);
      document.querySelectorAll(".wave .lane").forEach((node, place) => {
        node.textContent = this.told[shown[place]];
        node.dataset.party = shown[place];
      });
    }

    /** Words that the recogniser was not sure of are underlined, without a node for each. */
    #unsure() {
      if (!window.CSS?.highlights) return;
      const unsure = new Highlight();
      for (const one of this.turns) {
        const words = this.words[one.id] || [];
        for (let at = 0; at < words.length; at += WORD) {
          if (words[at + 4] < UNSURE) unsure.add(window.qaRange(one.node, words[at], words[at] + words[at + 1]));
        }
      }
      CSS.highlights.set("unsure", unsure);
    }

    #clicked(event) {
      const node = event.target.closest(".turn");
      const one = this.turns.find((turn) => turn.node === node);
      if (!one) return;
      if (event.target.closest("button.when")) {
        this.play(one.start);
        return;
      }
      if (String(window.getSelection()) !== "" || !event.target.closest("p")) return;
      const word = this.#pointed(one, event);
      if (word !== null) this.play(one.start + word);
    }

    /** Start of the word under the pointer, ms from the turn's. */
    #pointed(one, event) {
      const place = document.caretPositionFromPoint?.(event.clientX, event.clientY);
      const range = place ? null : document.caretRangeFromPoint?.(event.clientX, event.clientY);
      const [node, offset] = place ? [place.offsetNode, place.offset] : range ? [range.startContainer, range.startOffset] : [null, 0];
      if (!node || !one.node.querySelector("p").contains(node)) return null;
      const at = window.qaOffset(one.node, node, offset);
      const words = this.words[one.id] || [];
      for (let next = 0; next < words.length; next += WORD) {
        if (words[next] <= at && at <= words[next] + words[next + 1]) return words[next + 2];
      }
      return null;
    }

    /** Everything that depends on the moment that is heard. */
    #tick() {
      const now = this.at;
      if (this.until !== null && now >= this.until) {
        this.until = null;
        this.media.pause();
      }
      const seconds = Math.floor(now / 1000);
      if (seconds !== this.second) this.#clock(seconds);
      const one = this.#turn(now);
      if (one !== this.now) this.#enter(one);
      if (one) this.#speak(one, now);
      if (this.skips && !this.media.paused && this.until === null) this.#skip(now);
      this.wave.at(now);
    }

    #clock(seconds) {
      this.second = seconds;
      document.getElementById("clock").textContent = `${clock(seconds)} / ${clock(Math.floor(this.duration / 1000))}`;
      const slider = document.getElementById("place");
      slider.setAttribute("aria-valuemax", String(Math.floor(this.duration / 1000)));
      slider.setAttribute("aria-valuenow", String(seconds));
      slider.setAttribute("aria-valuetext", clock(seconds));
    }

    /** The turn that began last among those that are not over. */
    #turn(now) {
      let low = 0;
      let high = this.turns.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.turns[middle].start <= now) low = middle + 1;
        else high = middle;
      }
      for (let one = low - 1; one >= 0 && one > low - 6; one--) if (this.turns[one].end >= now) return this.turns[one];
      return null;
    }

    #enter(one) {
      this.now?.node.classList.remove("now");
      this.now = one;
      if (!one) return;
      one.node.classList.add("now");
      if (this.following && !this.media.paused) this.show(one.node);
    }

    /** Scroll what was said, and nothing else, so that a turn can be seen. */
    show(node) {
      const list = this.list;
      const top = node.offsetTop;
      if (top >= list.scrollTop + list.clientHeight * 0.15 && top + node.offsetHeight <= list.scrollTop + list.clientHeight * 0.8) return;
      list.scrollTop = top - list.clientHeight * 0.25;
    }

    #speak(one, now) {
      const words = this.words[one.id];
      if (!words || !window.CSS?.highlights) return;
      const since = now - one.start;
      let found = -1;
      for (let at = 0; at < words.length && words[at + 2] <= since; at += WORD) if (since <= words[at + 2] + words[at + 3]) found = at;
      const name = found < 0 ? null : `${one.id} ${found}`;
      if (name === this.spoken) return;
      this.spoken = name;
      const range = found < 0 ? [] : [window.qaRange(one.node, words[found], words[found] + words[found + 1])];
      CSS.highlights.set("spoken", new Highlight(...range));
    }

    /** Where nobody talks for long, on to shortly before somebody does. */
    #skip(now) {
      const next = this.talk.find(([, end]) => end > now);
      if (next && next[0] - now > GAP) this.media.currentTime = (next[0] - LEFT) / 1000;
    }

    #controls() {
      const { media } = this;
      document.getElementById("play").addEventListener("click", () => this.toggle());
      document.getElementById("speed").addEventListener("change", (event) => this.#speed(Number(event.target.value)));
      document.getElementById("skip-silence").addEventListener("change", (event) => this.#skips(event.target.checked));
      document.getElementById("follow").addEventListener("click", () => this.follow());
      document.querySelectorAll(".legend [data-kind]").forEach((node) => node.addEventListener("click", () => {
        const shown = node.getAttribute("aria-pressed") !== "true";
        node.setAttribute("aria-pressed", String(shown));
        this.wave.toggle(node.dataset.kind, shown);
      }));
      document.getElementById("place").addEventListener("keydown", (event) => {
        const by = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30, Home: -Infinity, End: Infinity }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        this.jump(by);
      });
      media.addEventListener("play", () => { this.#toggled(true); this.#run(); });
      for (const name of ["pause", "ended"]) media.addEventListener(name, () => this.#toggled(false));
      // Frames stop in a window that is out of sight; these do not.
      for (const name of ["timeupdate", "seeked", "durationchange"]) media.addEventListener(name, () => this.#tick());
      media.addEventListener("error", () => { this.#tell(this.told.noSound); document.getElementById("play").disabled = true; });
      if (media.error) media.dispatchEvent(new Event("error"));
    }

    #listen() {
      if (!this.list) return;
      const leave = () => { if (!this.media.paused) this.#left(); };
      this.list.addEventListener("wheel", leave, { passive: true });
      this.list.addEventListener("touchmove", leave, { passive: true });
      this.list.addEventListener("keydown", (event) => { if (SCROLLS.includes(event.code) && event.target === this.list) leave(); });
      // On the bar beside the words, not on a word.
      this.list.addEventListener("pointerdown", (event) => { if (event.target === this.list) leave(); });
      this.list.addEventListener("click", (event) => this.#clicked(event));
      window.addEventListener("pagehide", () => window.sessionStorage?.setItem(`${KEPT}:${this.interaction}`, String(this.media.currentTime)));
    }

    #left() {
      this.following = false;
      document.getElementById("follow").hidden = false;
    }

    /** Words follow the sound again. */
    follow() {
      this.following = true;
      document.getElementById("follow").hidden = true;
      if (this.now) this.show(this.now.node);
    }

    #run() {
      if (this.running) return;
      this.running = true;
      const frame = () => {
        this.#tick();
        if (this.media.paused) this.running = false;
        else window.requestAnimationFrame(frame);
      };
      window.requestAnimationFrame(frame);
    }

    #toggled(playing) {
      const button = document.getElementById("play");
      button.dataset.playing = String(playing);
      button.querySelector(".sr").textContent = playing ? this.told.pause : this.told.play;
    }

    #tell(text) {
      const place = document.getElementById("unheard");
      place.textContent = [place.textContent, text].filter(Boolean).join(" ");
      place.hidden = false;
    }

    /** As this reviewer likes to listen. */
    #remember() {
      const kept = stored();
      this.#speed(SPEEDS.includes(kept.speed) ? kept.speed : 1);
      this.#skips(kept.skips === true);
      const place = Number(window.sessionStorage?.getItem(`${KEPT}:${this.interaction}`));
      if (place > 0) this.media.currentTime = place;
    }

    #speed(speed) {
      this.media.defaultPlaybackRate = speed;
      this.media.playbackRate = speed;
      document.getElementById("speed").value = String(speed);
      keep({ speed });
    }

    #skips(skips) {
      this.skips = skips;
      document.getElementById("skip-silence").checked = skips;
      keep({ skips });
    }

    faster(by) {
      const speed = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(this.media.playbackRate) + by))];
      this.#speed(speed);
      window.qa?.say(`${speed}×`);
    }

    skip() {
      this.#skips(!this.skips);
      window.qa?.say(this.skips ? this.told.skipped : this.told.unskipped);
    }

    toggle() {
      this.until = null;
      if (this.media.paused) this.#start();
      else this.media.pause();
    }

    jump(seconds) { this.seek(this.at + seconds * 1000); }

    seek(ms) {
      this.until = null;
      this.media.currentTime = Math.max(0, Math.min(ms, Math.max(0, this.duration - 50))) / 1000;
      this.#tick();
    }

    /** From a place on, or a stretch alone; ms. */
    play(start, end = null) {
      this.seek(start);
      this.until = end === null ? null : end + TAIL;
      this.follow();
      this.#start();
    }

    /** Browsers may refuse to play before somebody touched the page; the button stays as it is then. */
    #start() { this.media.play().catch(() => {}); }
  }

  /** Stretches that touch each other as one. */
  function merged(spans) {
    const found = [];
    for (const [start, end] of spans.sort((one, other) => one[0] - other[0])) {
      const last = found.at(-1);
      if (last && start <= last[1]) last[1] = Math.max(last[1], end);
      else found.push([start, end]);
    }
    return found;
  }

  const got = (path) => fetch(path).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);

  function stored() {
    try {
      return JSON.parse(window.localStorage.getItem(KEPT) || "{}");
    } catch {
      return {};
    }
  }

  function keep(told) {
    try {
      window.localStorage.setItem(KEPT, JSON.stringify({ ...stored(), ...told }));
    } catch {
      // A browser that keeps nothing: next time it is as at first.
    }
  }

  function number(value) { return new Intl.NumberFormat(document.getElementById("player").dataset.numbers).format(value); }

  function clock(seconds) {
    const [hours, minutes, rest] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
    return `${hours ? `${hours}:` : ""}${hours ? String(minutes).padStart(2, "0") : minutes}:${String(rest).padStart(2, "0")}`;
  }

  return Player;
})();
