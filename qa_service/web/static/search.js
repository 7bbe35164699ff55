// Search: a key that leads to the field from anywhere on the page.
"use strict";

(() => {
  const field = document.getElementById("q");
  if (!field) return;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, [contenteditable]")) return;
    // On keyboards of other scripts the key has another letter; where it has another sign of ours, it is that.
    const meant = event.key === "/" || (event.code === "Slash" && !event.shiftKey && event.key.charCodeAt(0) > 127);
    if (!meant) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
})();
