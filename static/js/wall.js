// The wall turns its pages by itself and keeps its picture when a refresh fails. Without it all pages stand below each other.
"use strict";

(() => {
  const root = document.documentElement;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");
  let shown = "";
  let held = still.matches;
  let timer = 0;
  root.classList.add("live");

  const pages = () => [...document.querySelectorAll("[data-page]")];
  const place = (all) => Math.max(0, all.findIndex((page) => page.dataset.page === shown));

  // One page of the categories at a time; the swap of a refresh leaves the one that is shown.
  const show = (step) => {
    const all = pages();
    if (!all.length) return;
    const at = (place(all) + step + all.length) % all.length;
    shown = all[at].dataset.page;
    all.forEach((page, number) => { page.hidden = number !== at; });
    const bar = document.querySelector(".turn");
    bar.hidden = all.length < 2;
    bar.querySelector(".where").textContent = `${at + 1} / ${all.length} 屏`;
    const hold = bar.querySelector("[data-turn=hold]");
    hold.setAttribute("aria-pressed", String(held));
    hold.textContent = held ? "继续轮播" : "暂停轮播";
  };

  const wind = () => {
    window.clearInterval(timer);
    const seconds = Number(document.getElementById("wall").dataset.turn);
    timer = window.setInterval(() => { if (!held) show(1); }, seconds * 1000);
  };

  document.addEventListener("DOMContentLoaded", () => { show(0); wind(); });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-turn]");
    if (!button) return;
    const kind = button.dataset.turn;
    if (kind === "hold") held = !held;
    show(kind === "next" ? 1 : kind === "back" ? -1 : 0);
    wind();
  });
  still.addEventListener("change", () => { held = still.matches; show(0); });

  const stale = (is) => root.classList.toggle("late", is);
  document.addEventListener("htmx:afterSwap", () => { stale(false); show(0); });
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, () => stale(true)));
})();
