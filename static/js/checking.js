// The figure check by keyboard: J and K step through what is left, Enter takes the first step about it. The page is complete without this.
"use strict";

(() => {
  const rows = Array.from(document.querySelectorAll("[data-checks] .chk"));
  const hint = document.querySelector("[data-keys]");
  if (!rows.length) return;
  if (hint) hint.hidden = false;
  let current = rows.findIndex((row) => `#${row.id}` === window.location.hash);

  const go = (index) => {
    if (index < 0 || index >= rows.length) return;
    rows.forEach((row) => row.classList.remove("cur"));
    document.querySelectorAll(".fg-cur").forEach((mark) => mark.classList.remove("fg-cur"));
    current = index;
    const row = rows[current];
    row.classList.add("cur");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
    const mark = document.querySelector(`[data-mark="${row.id}"]`);
    if (mark) {
      mark.classList.add("fg-cur");
      mark.scrollIntoView({ block: "center" });
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const place = event.target;
    if (place.closest("input, textarea, select, button, summary, a")) return;
    if (event.key === "j" || event.key === "J") go(current + 1);
    else if (event.key === "k" || event.key === "K") go(Math.max(0, current - 1));
    else if (event.key === "Enter" && current >= 0 && place === rows[current]) {
      const first = rows[current].querySelector("[data-first]");
      const folded = rows[current].querySelector("details");
      if (first) first.focus();
      else if (folded) {
        folded.open = true;
        const field = folded.querySelector("select, textarea, input:not([type=hidden])");
        if (field) field.focus();
      }
      event.preventDefault();
    }
  });

  document.querySelectorAll("[data-mark]").forEach((mark) => {
    mark.addEventListener("click", (event) => {
      const index = rows.findIndex((row) => row.id === mark.dataset.mark);
      if (index >= 0) { event.preventDefault(); go(index); }
    });
  });
})();
