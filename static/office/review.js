// One key a step on the review desk; every step is also a link or a button of its own.
"use strict";
(() => {
  const desk = document.querySelector(".review");
  if (!desk) return;
  const steps = {};
  desk.querySelectorAll("[data-key]").forEach((part) => { steps[part.dataset.key] = part; });
  document.addEventListener("keydown", (pressed) => {
    const typing = pressed.target.closest("input, textarea, select, [contenteditable]");
    if (pressed.key === "Escape" && typing) { typing.blur(); return; }
    if (typing || pressed.ctrlKey || pressed.metaKey || pressed.altKey) return;
    const key = pressed.key.toLowerCase();
    // Asking and refusing need words first: both lead to them.
    const step = key === "q" || key === "r" ? desk.querySelector("textarea[name=words]") : steps[key];
    if (!step) return;
    pressed.preventDefault();
    // A link or a page is opened; a decision is only made ready, and Enter takes it.
    if (step.matches("a")) step.click();
    else if (step.matches("details")) { step.open = true; step.querySelector("input, textarea").focus(); }
    else step.focus();
  });
})();
