// Following an upload: its page replaces its own part; what has changed is read out at every quarter, and at the end.
"use strict";

(() => {
  const here = () => document.getElementById("progress");
  let told = here() ? here().dataset.step : null;
  if (told === "4" && !here().hasAttribute("hx-get")) {
    window.qa.say(here().dataset.told);
  }
  // A look that fails (the service restarting, say) changes nothing: the next one comes.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.target === here() && event.detail.xhr.status >= 400) {
      event.detail.shouldSwap = false;
    }
  });
  document.addEventListener("htmx:afterSwap", () => {
    const now = here();
    if (now && now.dataset.step !== told) {
      told = now.dataset.step;
      window.qa.say(now.dataset.told);
    }
  });
})();
