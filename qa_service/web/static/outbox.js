// The outbox of a review: every answer is kept in this browser until the server has it, and sent in order, one request at a time.
"use strict";

window.qaOutbox = (() => {
  const FIRST_WAIT = 1000;
  const LONGEST_WAIT = 15000;
  /** How often it is looked whether somebody signed in again, ms. */
  const LOOK = 4000;

  class Outbox {
    /**
     * @param {{card: string, user: string, revision: number, csrf: string, known: Map}} about known: what the server has of each criterion
     * @param {{state: Function, saved: Function, refused: Function, conflict: Function, elsewhere: Function, token: Function}} told callbacks
     */
    constructor(about, told) {
      this.about = about;
      this.told = told;
      this.revision = about.revision;
      this.csrf = about.csrf;
      this.known = about.known;
      this.path = `/v1/scorecards/${encodeURIComponent(about.card)}`;
      this.prefix = `qa-outbox:${about.user}:${about.card}:`;
      this.pending = this.#recall();
      this.sending = false;
      this.stopped = "";
      this.wait = FIRST_WAIT;
      window.addEventListener("online", () => this.#again());
      for (const name of ["focus", "visibilitychange"]) window.addEventListener(name, () => { if (this.stopped === "signed_out") this.#look(); });
      this.#windows();
    }

    /** What is not with the server: criterion (or "" for the whole) to what is said about it, and whether that is all there is to say. */
    get waiting() { return this.pending; }

    /** Whether something waits that can be sent. */
    get busy() { return [...this.pending.values()].some((one) => !one.draft); }

    /** Keep and send; what was said before about the same criterion and is not sent yet gives way. */
    put(criterion, said) {
      this.#add(criterion, said, false);
      this.send();
    }

    /** Keep what is not complete yet: it is sent once it is. */
    draft(criterion, said) {
      this.#add(criterion, said, true);
      if (!this.busy && !this.stopped) this.told.state("draft");
    }

    /** Send what waits, unless something must be settled first. */
    async send() {
      if (this.sending || this.stopped) return;
      const sent = [...this.pending].filter(([, one]) => !one.held && !one.draft);
      if (!sent.length) {
        this.#rest();
        return;
      }
      this.sending = true;
      this.told.state("saving");
      try {
        await this.#exchange(sent);
      } finally {
        this.sending = false;
      }
      if (!this.stopped && !this.timer && [...this.pending.values()].some((one) => !one.held && !one.draft)) this.send();
    }

    /** Go on from what the reviewer has seen. */
    resume(card) {
      this.#seen(card);
      this.stopped = "";
      for (const one of this.pending.values()) one.held = false;
      this.send();
    }

    /** Forget what waits. */
    drop() {
      for (const criterion of [...this.pending.keys()]) this.#forget(criterion);
    }

    /** What the server has now; ``null`` where it cannot be asked. */
    async read() {
      const answer = await fetch(this.path).catch(() => null);
      return answer && answer.ok ? answer.json() : null;
    }

    /** What was kept from before and has changed on the server since, must be settled first. */
    check() {
      const changed = [...this.pending].some(([name, one]) => one.base !== undefined && !one.fresh && this.#clashes(name, one));
      if (changed) this.#clash();
      else this.send();
    }

    #rest() {
      const held = [...this.pending.values()].some((one) => one.held);
      this.told.state(held ? "refused" : this.pending.size ? "draft" : "saved");
    }

    #add(criterion, said, draft) {
      const before = this.pending.get(criterion);
      const one = { said, draft, held: false, fresh: true, base: before?.base ?? this.known.get(criterion) ?? "" };
      this.pending.set(criterion, one);
      try {
        window.localStorage.setItem(this.prefix + criterion, JSON.stringify({ said, draft, base: one.base }));
      } catch {
        // A browser that keeps nothing: what waits is in memory, and leaving the page is asked about.
      }
    }

    #forget(criterion) {
      this.pending.delete(criterion);
      try {
        window.localStorage.removeItem(this.prefix + criterion);
      } catch {
        // Nothing was kept.
      }
    }

    #recall() {
      const found = new Map();
      try {
        for (const key of Object.keys(window.localStorage).filter((one) => one.startsWith(this.prefix))) {
          found.set(key.slice(this.prefix.length), { ...JSON.parse(window.localStorage.getItem(key)), held: false, fresh: false });
        }
      } catch {
        // What cannot be read was never kept.
      }
      return found;
    }

    async #exchange(sent) {
      const body = { answers: sent.filter(([name]) => name).map(([criterion, one]) => ({ criterion, ...one.said })) };
      const whole = sent.find(([name]) => !name);
      if (whole) Object.assign(body, whole[1].said);
      let answer;
      try {
        answer = await fetch(`${this.path}/answers`, {
          method: "PATCH", credentials: "same-origin",
          headers: { "Content-Type": "application/json", "If-Match": `"${this.revision}"`, "X-CSRF-Token": this.csrf },
          body: JSON.stringify(body),
        });
      } catch {
        this.#later();
        return;
      }
      await this.#settle(answer, sent);
    }

    async #settle(answer, sent) {
      if (answer.ok) {
        this.#done(await answer.json(), sent);
      } else if (answer.status === 412) {
        await this.#stale();
      } else if (answer.status >= 500 || answer.status === 429) {
        this.#later();
      } else {
        const problem = await answer.json().catch(() => ({ detail: `${answer.status}` }));
        if (answer.status === 401 || (answer.status === 403 && problem.field === "X-CSRF-Token")) this.#signedOut();
        else this.#refuse(problem, sent);
      }
    }

    #done(card, sent) {
      this.wait = FIRST_WAIT;
      this.#seen(card);
      for (const [name, one] of sent) if (this.pending.get(name) === one) this.#forget(name);
      this.told.saved(card);
      this.channel?.postMessage(card.revision);
      if (!this.busy) this.#rest();
    }

    #seen(card) {
      this.revision = card.revision;
      this.known = window.qaKnown(card);
    }

    #refuse(problem, sent) {
      const named = sent.filter(([name]) => name && name === problem.field);
      for (const [, one] of named.length ? named : sent) one.held = true;
      this.told.state(problem.code === "claim" ? "taken" : "refused");
      this.told.refused(problem, named.length ? named[0][0] : null);
    }

    /** Another revision: where only other criteria were changed, by the same person in another window, both stand. */
    async #stale() {
      const card = await this.read();
      if (!card) {
        this.#later();
        return;
      }
      const touched = [...this.pending].some(([name, one]) => this.#differs(window.qaKnown(card), name, one));
      const theirs = card.reviewer !== this.about.user || card.status !== "in_review";
      if (touched || theirs) {
        this.#clash(card);
        return;
      }
      this.#seen(card);
      this.told.elsewhere(card);
    }

    #clashes(name, one) { return this.#differs(this.known, name, one); }

    /** Whether the server has something else than what the reviewer saw, and than what they say now. */
    #differs(known, name, one) {
      const there = known.get(name) ?? "";
      return there !== one.base && there !== window.qaEssence(one.said);
    }

    async #clash(card = null) {
      this.stopped = "conflict";
      this.told.state("conflict");
      this.told.conflict(card || await this.read());
    }

    #signedOut() {
      this.stopped = "signed_out";
      this.told.state("signed_out");
      this.looking ??= window.setInterval(() => this.#look(), LOOK);
    }

    /** Whether the same person has signed in again, in another window. */
    async #look() {
      const answer = await fetch("/v1/sessions/current").catch(() => null);
      if (!answer || !answer.ok || this.stopped !== "signed_out") return;
      const found = await answer.json();
      if (found.session.user !== this.about.user) {
        this.told.state("other_user");
        return;
      }
      window.clearInterval(this.looking);
      this.looking = null;
      this.csrf = found.csrf_token;
      this.stopped = "";
      this.told.token(found.csrf_token);
      this.send();
    }

    /** What another window of this browser saved is shown here. */
    #windows() {
      if (!window.BroadcastChannel) return;
      this.channel = new BroadcastChannel(this.prefix);
      this.channel.onmessage = async ({ data }) => {
        if (data <= this.revision || this.pending.size || this.sending || this.stopped) return;
        const card = await this.read();
        if (!card || this.pending.size || card.revision <= this.revision) return;
        this.#seen(card);
        this.told.elsewhere(card);
      };
    }

    #later() {
      this.told.state("waiting");
      this.timer = window.setTimeout(() => this.#again(), this.wait);
      this.wait = Math.min(LONGEST_WAIT, this.wait * 2);
    }

    #again() {
      window.clearTimeout(this.timer);
      this.timer = null;
      this.send();
    }
  }

  /** What is said about a criterion, to be compared. */
  window.qaEssence = (said) => {
    if (!said) return "";
    const evidence = (said.evidence || []).map((one) => [one.turn ?? null, one.quote || "", one.quote ? null : one.start_ms ?? null]);
    const told = [said.answer ?? null, said.reason || "", said.comment || "", said.note || "", evidence];
    return JSON.stringify(told) === JSON.stringify([null, "", "", "", []]) ? "" : JSON.stringify(told);
  };

  /** The same of all criteria of a scorecard, and of the whole under "". */
  window.qaKnown = (card) => new Map([
    ["", window.qaEssence({ comment: card.comment, note: card.note })],
    ...card.criteria.map((one) => [one.id, window.qaEssence(one.answered ? { ...one.answered, answer: one.answer } : null)]),
  ]);

  return Outbox;
})();
