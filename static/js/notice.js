// The public notice: filter the items, and the table of contents follows the reading. The page is complete without this file.
"use strict";

(() => {
  const doc = document.querySelector("[data-notice]");
  if (!doc) return;

  // Filter: only the items of the chosen category that say all words stay, and their categories with them; the words are marked.
  const form = document.querySelector("[data-find]");
  const input = form.querySelector("[name=q]");
  const choice = form.querySelector("[name=category]");
  const status = form.querySelector("[role=status]");
  const clear = form.querySelector("[data-clear]");
  const items = Array.from(doc.querySelectorAll(".it"));
  const categories = Array.from(doc.querySelectorAll(".cat"));
  const plain = (text) => text.normalize("NFKC").toLowerCase();
  const escaped = (word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

  const unmark = () => {
    doc.querySelectorAll("mark").forEach((mark) => {
      const parent = mark.parentNode;
      mark.replaceWith(...mark.childNodes);
      parent.normalize();
    });
  };
  const highlight = (item, pattern) => {
    const walker = document.createTreeWalker(item, NodeFilter.SHOW_TEXT);
    const texts = [];
    while (walker.nextNode()) if (!walker.currentNode.parentNode.closest("a")) texts.push(walker.currentNode);
    texts.forEach((text) => {
      const parts = text.data.split(pattern);
      if (parts.length === 1) return;
      // Every second part is a word that was looked for.
      text.replaceWith(...parts.map((part, index) => {
        if (index % 2 === 0) return part;
        const hit = document.createElement("mark");
        hit.textContent = part;
        return hit;
      }));
    });
  };
  const find = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    const category = choice ? choice.value : "";
    unmark();
    const pattern = words.length ? new RegExp(`(${words.map(escaped).join("|")})`, "gi") : null;
    let found = 0;
    items.forEach((item) => {
      const within = !category || Boolean(item.closest(".cat") && item.closest(".cat").querySelector(`#c${category}`));
      item.hidden = !(within && words.every((word) => plain(item.textContent).includes(word)));
      if (item.hidden) return;
      found += 1;
      if (pattern) highlight(item, pattern);
    });
    categories.forEach((one) => { one.hidden = !one.querySelector(".it:not([hidden])"); });
    const asked = words.length > 0 || category !== "";
    clear.hidden = !asked;
    doc.classList.toggle("filtering", asked);
    const said = words.length ? `写到“${input.value.trim()}”` : "";
    const where = category ? "这个方面" : "第二部分";
    status.textContent = asked ? `${where}有 ${found} 条${said}` : "";
  };
  const show = () => {
    input.value = "";
    if (choice) choice.value = "";
    find();
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); find(); });
  input.addEventListener("input", find);
  if (choice) choice.addEventListener("change", find);
  clear.addEventListener("click", () => { show(); input.focus(); });
  input.addEventListener("keydown", (event) => { if (event.key === "Escape") show(); });

  // An address that asks for something, on a page that was served whole because the application is down.
  const asked = new URLSearchParams(window.location.search);
  if (asked.get("q")) input.value = asked.get("q");
  if (choice && asked.get("category")) choice.value = asked.get("category");
  find();

  // A link leads to its place even while the filter hides it, and closes the folded contents of a phone.
  const lead = () => {
    const place = window.location.hash.length > 1 && document.getElementById(decodeURIComponent(window.location.hash.slice(1)));
    if (!place || place.getClientRects().length) return;
    show();
    place.scrollIntoView();
  };
  window.addEventListener("hashchange", lead);
  lead();
  document.querySelectorAll(".toc a, .toc-m a").forEach((link) => {
    link.addEventListener("click", () => {
      const place = document.getElementById(link.hash.slice(1));
      if (place && !place.getClientRects().length) show();
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
    const side = document.querySelector(".lefts");
    side.scrollTop = Math.max(0, lines[current].offsetTop - side.clientHeight / 2);
  };
  document.addEventListener("scroll", () => {
    if (!waiting) { waiting = true; window.requestAnimationFrame(mark); }
  }, { passive: true });
  mark();
})();
