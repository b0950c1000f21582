// /verify: the fingerprint of a file or a text is computed here, in the page; only the fingerprint is asked about. Without this file,
// or where the browser cannot compute, the fingerprint is pasted into the form below.
"use strict";

(() => {
  const part = document.querySelector("[data-verify]");
  if (!part || !window.crypto || !window.crypto.subtle) return;
  const said = part.querySelector("[data-said]");
  const file = part.querySelector("#file");
  const words = part.querySelector("#words");
  const drop = part.querySelector("[data-drop]");

  const ask = async (bytes) => {
    const digest = new Uint8Array(await window.crypto.subtle.digest("SHA-256", bytes));
    const sha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    window.location.assign(`${part.dataset.verify}?sha256=${sha256}`);
  };

  const askFile = async (chosen) => {
    if (!chosen) return;
    said.textContent = `正在计算“${chosen.name}”的指纹……`;
    try {
      await ask(await chosen.arrayBuffer());
    } catch {
      said.textContent = "这个文件读不出来，请重新选择，或用下面的命令计算指纹。";
    }
  };

  part.hidden = false;
  file.addEventListener("change", () => askFile(file.files[0]));
  drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    askFile(event.dataTransfer.files[0]);
  });

  // Letters and digits alone, in their common form, as apps/reports/verification.py has it: what makes a number another one stays.
  const wordsOf = (text) => {
    const plain = text.normalize("NFKC").replace(/\s+/gu, "").replace(/[‐‑‒–—―−~]/gu, "-");
    return plain.replace(/[^\p{L}\p{N}%‰]+/gu, (marks, at) => {
      const before = plain.slice(Math.max(0, at - 2), at);
      const after = plain.slice(at + marks.length, at + marks.length + 2);
      const last = Array.from(marks).pop();
      return /^\p{N}/u.test(after) && (last === "-" || /\p{N}$/u.test(before)) ? last : "";
    });
  };

  part.querySelector("[data-check]").addEventListener("click", () => {
    const plain = wordsOf(words.value);
    if (!plain) { words.focus(); said.textContent = "请先粘贴文字。"; return; }
    ask(new TextEncoder().encode(plain));
  });
})();
