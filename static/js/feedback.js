"use strict";

// The proof of work in place of the question, where this browser can do it; wherever it fails, the question comes back.
(function () {
  const form = document.querySelector("form[data-feedback]");
  if (!form) {
    return;
  }
  const work = form.querySelector("[data-pow]");
  const widget = form.querySelector("altcha-widget");
  const question = form.querySelector("[data-question]");
  const state = form.querySelector("[data-pow-state]");
  const invalid = question.querySelector("[aria-invalid]") !== null;

  function ask() {
    work.hidden = true;
    widget.remove();
    question.hidden = false;
    state.textContent = "";
    question.querySelector("input").focus();
  }

  function offer() {
    globalThis.$altcha.algorithms.set("PBKDF2/SHA-256", function () {
      return new Worker(widget.dataset.worker);
    });
    work.hidden = false;
    question.hidden = true;
    widget.addEventListener("statechange", function (event) {
      const found = event.detail.state;
      state.textContent = found === "verifying" ? "正在验证，请稍等。" : "";
      if (found === "expired") {
        widget.reset();
      }
      if (found === "error") {
        ask();
        state.textContent = "自动验证没有成功，请回答上面的问题后再提交。";
      }
    });
  }

  if (invalid || !globalThis.crypto || !globalThis.crypto.subtle || !globalThis.Worker || !globalThis.customElements) {
    widget.remove();
    return;
  }
  customElements.whenDefined("altcha-widget").then(offer);
})();
