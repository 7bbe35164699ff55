// Drafts of rubrics that lie in this browser: listed, and forgotten once they are published.
"use strict";

(() => {
  const published = document.querySelector("[data-published]");
  if (published) {
    try {
      window.localStorage.removeItem(`qa-rubric:${published.dataset.user}:${published.dataset.published}`);
    } catch { /* A browser that keeps nothing has nothing to forget. */ }
  }
  const section = document.getElementById("drafts");
  if (!section) return;
  const prefix = `qa-rubric:${section.dataset.user}:`;
  let keys = [];
  try {
    keys = Object.keys(window.localStorage).filter((key) => key.startsWith(prefix)).sort();
  } catch { return; }
  keys.forEach((key) => {
    const name = key.slice(prefix.length);
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `/rubrics/${encodeURIComponent(name)}/edit`;
    link.textContent = name;
    link.dir = "auto";
    item.append(link, ` ${section.dataset.about}`);
    section.querySelector("ul").append(item);
  });
  section.hidden = !keys.length;
})();
