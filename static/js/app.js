// Conveniences on top of pages that work without them.
"use strict";

(() => {
  const live = () => document.getElementById("live");

  const announce = (words) => {
    const region = live();
    if (!region || !words) return;
    region.textContent = "";
    window.setTimeout(() => { region.textContent = words; }, 50);
  };

  // A side bar longer than the screen shows where one is.
  const side = document.querySelector(".side");
  const here = side && side.querySelector("[aria-current]");
  if (here && here.offsetTop + here.offsetHeight > side.clientHeight) side.scrollTop = here.offsetTop - side.clientHeight / 2;

  // "/" puts the cursor in the search box, unless somebody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) return;
    const box = document.querySelector("[data-search]");
    if (box) { event.preventDefault(); box.focus(); box.select(); }
  });

  // Escape or a click elsewhere closes an open menu.
  const closeMenus = (except) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (menu !== except) menu.removeAttribute("open"); });
  };
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.menu[open]");
    closeMenus(null);
    if (open) open.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details.menu")));

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // A select or checkbox marked data-autosubmit sends its form at once; the form's button stays for those without JavaScript.
  document.addEventListener("change", (event) => {
    const field = event.target.closest("[data-autosubmit]");
    if (field && field.form) field.form.requestSubmit();
  });

  // A form is sent once: a second press of its button while the first is under way does nothing.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  });

  // What a swap did is said once, and the focus goes to the changed heading.
  document.addEventListener("htmx:afterSettle", (event) => {
    const part = event.detail.elt;
    const said = part.matches("[data-announce]") ? part : part.querySelector("[data-announce]");
    if (said) announce(said.dataset.announce);
    const heading = part.querySelector("[data-focus]");
    if (heading) heading.focus();
    // Work that a part waited for is done: the page that shows it is asked for once, now that nothing asks for the part again.
    if (part.matches("[data-reload]")) location.reload();
  });
  document.addEventListener("announce", (event) => announce(event.detail.value));

  // What was refused is shown above the page as well: the part that asked for it stays as it was.
  const refuse = (words) => {
    const region = document.querySelector(".flashes");
    if (!region) return;
    region.querySelectorAll(".flash.refused").forEach((old) => old.remove());
    const line = document.createElement("div");
    line.className = "flash error refused";
    line.textContent = words;
    region.prepend(line);
    line.scrollIntoView({ block: "nearest" });
  };
  document.addEventListener("refused", (event) => refuse(event.detail.value));
  document.addEventListener("htmx:responseError", (event) => {
    const answer = event.detail.xhr;
    if (answer.getResponseHeader("HX-Trigger") || answer.getResponseHeader("HX-Refresh")) return;
    refuse(answer.status === 429 ? "操作太频繁，请稍后再试。" : "没有办成，请刷新页面后重试。");
  });
  document.addEventListener("htmx:sendError", () => refuse("网络不通，请检查网络后重试。"));

  // The summary of form errors receives the focus on a failed submit.
  const failed = document.querySelector("[data-errors]");
  if (failed) failed.focus();
})();
