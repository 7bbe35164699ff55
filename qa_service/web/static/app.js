// What every page does: forms are sent once, faults of parts are told, and what is read out goes into the live region.
"use strict";

(() => {
  const live = () => document.getElementById("live");

  /** Say something to whoever does not see the page. */
  const say = (text) => {
    const region = live();
    if (region) {
      region.textContent = "";
      window.setTimeout(() => { region.textContent = text; }, 50);
    }
  };

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post" && !form.hasAttribute("hx-post")) {
      form.dataset.sent = "1";
    }
  });

  // A page that comes back from the browser's memory can be sent again.
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  // Faults come as parts of a page: they are shown where the answer would have stood.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if (status >= 400 && event.detail.xhr.responseText) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // A group of the menu closes when somebody goes on to something else.
  const close = (except) => {
    document.querySelectorAll("nav details[open]").forEach((group) => { if (group !== except) { group.open = false; } });
  };
  document.addEventListener("click", (event) => close(event.target.closest("nav details")));
  document.addEventListener("focusin", (event) => close(event.target.closest("nav details")));
  document.addEventListener("keydown", (event) => {
    const group = event.key === "Escape" ? event.target.closest("nav details[open]") : null;
    if (group) {
      group.open = false;
      group.querySelector("summary").focus();
    }
  });

  window.qa = { say };
})();
