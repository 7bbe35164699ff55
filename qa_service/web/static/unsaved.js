// Unsaved: whoever leaves a page with answers that were not sent is asked first.
"use strict";

(() => {
  let changed = false;
  document.querySelectorAll("form[data-guard]").forEach((form) => {
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", () => { changed = false; });
  });
  window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
})();
