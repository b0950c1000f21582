// The register: folding of categories and issues (remembered in this browser), and the filter panels. The page works without it.
(() => {
  "use strict";
  const KEY = "register-folds";

  const read = () => { try { return JSON.parse(localStorage.getItem(KEY)) || {}; } catch { return {}; } };
  const write = (folds) => { try { localStorage.setItem(KEY, JSON.stringify(folds)); } catch { /* private windows keep nothing */ } };

  function show(table) {
    const folded = new Set();
    table.querySelectorAll("[data-fold]").forEach((button) => {
      if (button.getAttribute("aria-expanded") === "false") folded.add(button.dataset.fold);
    });
    table.querySelectorAll("[data-of]").forEach((row) => {
      row.hidden = row.dataset.of.split(" ").some((name) => folded.has(name));
    });
  }

  function start(root) {
    const table = root.querySelector(".regx table");
    if (!table) return;
    const folds = read();
    const filtered = Boolean(root.querySelector(".chip.on"));
    table.querySelectorAll("[data-fold]").forEach((button) => {
      const quiet = button.closest("tr").hasAttribute("data-quiet");
      const folded = filtered ? false : folds[button.dataset.fold] ?? quiet;
      button.hidden = false;
      button.setAttribute("aria-expanded", String(!folded));
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        write({ ...read(), [button.dataset.fold]: open });
        show(table);
      });
    });
    show(table);
  }

  function closePanels(except) {
    document.querySelectorAll("[data-pick][open]").forEach((panel) => { if (panel !== except) panel.open = false; });
  }
  document.addEventListener("click", (event) => closePanels(event.target.closest("[data-pick]")));
  document.addEventListener("keydown", (event) => {
    const panel = event.key === "Escape" && document.querySelector("[data-pick][open]");
    if (!panel) return;
    panel.open = false;
    panel.querySelector("summary").focus();
  });
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt.id === "register") start(document); });
  start(document);
})();
