"use strict";
// Amounts, days and hours in Khmer digits where the reader chose them, in what the server wrote in Latin ones: sentences and the office's lists.
(() => {
  if (!/(^|; )digits=khmer(;|$)/.test(document.cookie)) return;
  const LEFT_ALONE = "script, style, textarea, code, .hash, [translate=no], svg";
  // 1,250 · 1,250.00 · 12.50 · 31 ធ្នូ 2026 · 2026-12-31 · 31/12/2026 · 9:30; never part of a longer word, as in a reference.
  const NUMBERS = /(?<![\p{L}\d.,/:-])(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.\d{2}|\d{1,2} \p{L}[\p{L}\p{M}]*\.? \d{4}|\d{4}-\d\d-\d\d|\d\d?\/\d\d?\/\d{4}|\d{1,2}:\d\d)(?![\p{L}\d/:-])/gu;
  const khmer = (text) => text.replace(/\d/g, (digit) => "០១២៣៤៥៦៧៨៩"[digit]);
  function rewrite() {
    const walk = document.createTreeWalker(document.getElementById("main") ?? document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      if (/\d/.test(node.data) && !node.parentElement.closest(LEFT_ALONE)) node.data = node.data.replace(NUMBERS, khmer);
    }
  }
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", rewrite);
  else rewrite();
})();
