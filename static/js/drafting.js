// The page of an item counts characters while one types. It is complete without this file.
"use strict";

(() => {
  document.querySelectorAll("[data-count]").forEach((shown) => {
    const field = document.getElementById(shown.dataset.count);
    if (!field) return;
    const count = () => { shown.textContent = String(Array.from(field.value.replace(/\s/g, "")).length); };
    field.addEventListener("input", count);
    count();
  });
})();
