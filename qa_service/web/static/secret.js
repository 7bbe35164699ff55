// A secret that is shown once: copied with a button, gone when one leaves, and not asked for again when the page is loaded again.
"use strict";

(() => {
  const shown = document.querySelector("[data-part=secret]");
  const secret = document.getElementById("secret");
  const button = shown.querySelector("[data-copy]");

  if (shown.dataset.then) {
    window.history.replaceState(null, "", shown.dataset.then);
  }
  const choose = () => {
    const range = document.createRange();
    range.selectNodeContents(secret);
    const chosen = window.getSelection();
    chosen.removeAllRanges();
    chosen.addRange(range);
  };
  button.hidden = false;
  button.addEventListener("click", async () => {
    choose();
    if (!navigator.clipboard) {
      return;
    }
    try {
      await navigator.clipboard.writeText(secret.textContent);
      button.textContent = button.dataset.done;
      window.qa.say(button.dataset.done);
    } catch {
      // The browser does not let pages copy: it is chosen, so that a person can.
    }
  });
  window.addEventListener("pagehide", () => { shown.remove(); });
})();
