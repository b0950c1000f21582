// How the reader wants to see the pages is remembered on this device (localStorage, no cookie). The boxes themselves work without this.
"use strict";

(() => {
  const form = document.querySelector("[data-see] form");
  if (!form) return;
  const details = form.closest("details");
  const KEY = "see";

  const remembered = () => {
    try { return JSON.parse(window.localStorage.getItem(KEY)) || {}; } catch { return {}; }
  };
  const remember = (value) => {
    try { window.localStorage.setItem(KEY, JSON.stringify(value)); } catch { /* a browser that keeps nothing: the choice holds for this page */ }
  };

  const before = remembered();
  const size = form.querySelector(`[name=size][value="${["2", "3"].includes(before.size) ? before.size : "1"}"]`);
  size.checked = true;
  form.elements.contrast.checked = before.contrast === true;

  form.addEventListener("change", () => remember({ size: form.elements.size.value, contrast: form.elements.contrast.checked }));
  form.addEventListener("submit", (event) => event.preventDefault());

  document.addEventListener("click", (event) => { if (!details.contains(event.target)) details.removeAttribute("open"); });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !details.open) return;
    details.removeAttribute("open");
    details.querySelector("summary").focus();
  });
})();
