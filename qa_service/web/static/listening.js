// Listening: the recording beside anything else than the workbench; quotes go to their place and play it.
"use strict";

(() => {
  const bench = document.getElementById("bench");
  if (!bench) return;
  const player = bench.dataset.audio === "true" && document.getElementById("player") ? new window.qaPlayer(bench) : null;
  window.qaQuotes(player);

  const keys = {
    Space: () => player?.toggle(), Comma: () => player?.jump(-5), Period: () => player?.jump(5), KeyS: () => player?.skip(),
    Minus: () => player?.faster(-1), Equal: () => player?.faster(1), KeyG: () => player?.follow(),
  };
  document.addEventListener("keydown", (event) => {
    if (!player || event.ctrlKey || event.metaKey || event.altKey || !keys[event.code] || window.localStorage?.getItem("qa-keys") === "off") return;
    if (event.target.matches("input, textarea, select, button, a, summary")) return;
    event.preventDefault();
    keys[event.code]();
  });
})();
