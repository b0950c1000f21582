// The public notice: find in the text, and the table of contents follows the reading. The page is complete without this file.
"use strict";

(() => {
  const doc = document.querySelector("[data-notice]");
  if (!doc) return;

  // Find: only the items that contain the words stay; their categories with them.
  const box = document.querySelector("[data-find]");
  const input = box.querySelector("input");
  const status = box.querySelector("[role=status]");
  const items = Array.from(doc.querySelectorAll(".it"));
  const categories = Array.from(doc.querySelectorAll(".cat"));
  const find = () => {
    const words = input.value.trim().toLowerCase();
    let found = 0;
    items.forEach((item) => {
      const holds = !words || item.textContent.toLowerCase().includes(words);
      item.hidden = !holds;
      if (holds) found += 1;
    });
    categories.forEach((category) => { category.hidden = !category.querySelector(".it:not([hidden])"); });
    status.textContent = words ? `第二部分有 ${found} 条写到“${input.value.trim()}”` : "";
  };
  box.hidden = false;
  input.addEventListener("input", find);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { input.value = ""; find(); }
  });

  // A link of the contents leads to its place even while a search hides it, and closes the folded contents of a phone.
  document.querySelectorAll(".toc a, .toc-m a").forEach((link) => {
    link.addEventListener("click", () => {
      if (input.value) { input.value = ""; find(); }
      const folded = link.closest("details");
      if (folded) folded.removeAttribute("open");
    });
  });

  // The line of the contents that is being read: the last heading above the upper third of the window.
  const lines = Array.from(document.querySelectorAll(".toc a"));
  const places = lines.map((line) => document.getElementById(line.hash.slice(1)));
  let waiting = false;
  const mark = () => {
    waiting = false;
    let current = 0;
    places.forEach((place, index) => {
      if (place && place.offsetParent && place.getBoundingClientRect().top < window.innerHeight / 3) current = index;
    });
    lines.forEach((line, index) => {
      if (index === current) line.setAttribute("aria-current", "true");
      else line.removeAttribute("aria-current");
    });
    const toc = document.querySelector(".toc");
    toc.scrollTop = Math.max(0, lines[current].offsetTop - toc.clientHeight / 2);
  };
  document.addEventListener("scroll", () => {
    if (!waiting) { waiting = true; window.requestAnimationFrame(mark); }
  }, { passive: true });
  mark();
})();
