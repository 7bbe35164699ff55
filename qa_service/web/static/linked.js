// Linked: the turn that an address leads to (#t-12, or ?turn=12) is shown and marked; where there is a recording, it goes on from there.
"use strict";

(() => {
  const NUMBER = /^\d{1,7}$/;

  const linked = () => {
    const told = window.location.hash.startsWith("#t-")
      ? window.location.hash.slice(3) : new URLSearchParams(window.location.search).get("turn") ?? "";
    return NUMBER.test(told) ? document.getElementById(`t-${told}`) : null;
  };

  const show = () => {
    const turn = linked();
    if (!turn) return;
    document.querySelectorAll(".turn.shown").forEach((one) => one.classList.remove("shown"));
    turn.classList.add("shown");
    turn.scrollIntoView({ block: "center" });
    // Turns above it get their real height only once they were near: then it has moved.
    window.requestAnimationFrame(() => turn.scrollIntoView({ block: "center" }));
  };

  /** A browser that wants a click first stands there without playing. */
  const play = () => linked()?.querySelector("button.when")?.click();

  show();
  document.addEventListener("DOMContentLoaded", play);
  window.addEventListener("hashchange", () => { show(); play(); });
})();
