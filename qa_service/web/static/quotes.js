// Quotes: one that is clicked is shown where it was said, and played.
"use strict";

window.qaQuotes = (player) => {
  /** Where a quote stands in its turn, or all of the turn. */
  const place = (node, turn) => {
    const text = turn.querySelector("p").textContent;
    const quote = node.querySelector("q").textContent;
    const at = node.dataset.from ? Number(node.dataset.from) : text.indexOf(quote);
    return at >= 0 && text.startsWith(quote, at) ? [at, at + quote.length] : text.includes(quote) ? [text.indexOf(quote), text.indexOf(quote) + quote.length] : [0, text.length];
  };
  const turnOf = (node) => (node.dataset.turn === "" ? null : document.getElementById(`t-${node.dataset.turn}`));

  const show = (node) => {
    document.querySelectorAll(".turn.shown").forEach((one) => one.classList.remove("shown"));
    const turn = turnOf(node);
    if (!turn) return;
    turn.classList.add("shown");
    if (window.CSS?.highlights) CSS.highlights.set("quoted", new Highlight(window.qaRange(turn, ...place(node, turn))));
    const list = document.getElementById("turns");
    if (list.scrollHeight > list.clientHeight) list.scrollTop = turn.offsetTop - list.clientHeight * 0.25;
    if (!player) list.scrollIntoView({ block: "nearest" });
    if (!player && list.scrollHeight <= list.clientHeight) turn.scrollIntoView({ block: "center" });
  };

  document.addEventListener("click", (event) => {
    const node = event.target.closest("button.evidence");
    if (!node) return;
    show(node);
    if (player && node.dataset.start !== "") player.play(Number(node.dataset.start), node.dataset.end === "" ? null : Number(node.dataset.end));
  });

  player?.mark("evidence", [...document.querySelectorAll(".quotes:not(.own) .evidence")]
    .filter(({ dataset }) => dataset.start !== "" && dataset.end !== "").map(({ dataset }) => [Number(dataset.start), Number(dataset.end), -1]));
};
