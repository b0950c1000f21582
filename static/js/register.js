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

  // The bulk bar: there from the first ticked row on; "all" ticks what is to be seen and nothing that is folded away.
  let recount = () => {};
  function picking(root) {
    const bar = root.querySelector("[data-bulk]");
    if (!bar) return;
    const boxes = [...root.querySelectorAll("[data-pick-row]")];
    const all = root.querySelector("[data-pick-all]");
    const seen = () => boxes.filter((box) => !box.closest("tr").hidden);
    const clear = bar.querySelector("[data-unpick]");
    const tell = () => {
      const picked = boxes.filter((box) => box.checked).length;
      bar.toggleAttribute("data-waits", picked === 0);
      bar.querySelector("[data-picked]").textContent = String(picked);
      boxes.forEach((box) => box.closest("tr").classList.toggle("sel", box.checked));
      const shown = seen();
      all.checked = shown.length > 0 && shown.every((box) => box.checked);
      all.indeterminate = !all.checked && picked > 0;
    };
    all.hidden = false;
    clear.hidden = false;
    boxes.forEach((box) => box.addEventListener("change", tell));
    all.addEventListener("change", () => { seen().forEach((box) => { box.checked = all.checked; }); tell(); });
    clear.addEventListener("click", () => { boxes.forEach((box) => { box.checked = false; }); tell(); all.focus(); });
    // A download leaves this page as it is: its form may be sent again.
    bar.addEventListener("submit", (event) => {
      if (event.submitter && event.submitter.hasAttribute("data-again")) window.setTimeout(() => { delete bar.dataset.sent; }, 1000);
    });
    recount = tell;
    tell();
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
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt.id === "register") { start(document); picking(document); } });
  // Going back brings the ticks back, after this script has run.
  window.addEventListener("pageshow", () => recount());
  start(document);
  picking(document);
})();
