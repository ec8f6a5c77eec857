"use strict";
// Pages from the templates in the shell: text goes in as text, never as markup.
(() => {
  const page = document.getElementById("page");

  function fill(root, values, slots = {}) {
    for (const node of root.querySelectorAll("[data-if]")) if (!values[node.dataset.if]) node.remove();
    for (const node of root.querySelectorAll("[data-text]")) node.textContent = values[node.dataset.text] ?? "";
    for (const node of root.querySelectorAll("[data-href]")) node.setAttribute("href", values[node.dataset.href] ?? "#/");
    for (const node of root.querySelectorAll("[data-class]")) if (values[node.dataset.class]) node.classList.add(values[node.dataset.class]);
    for (const node of root.querySelectorAll("[data-progress]")) node.value = values[node.dataset.progress];
    for (const node of root.querySelectorAll("[data-slot]")) node.append(...(slots[node.dataset.slot] ?? []));
    return root;
  }

  const draw = (id, values = {}, slots = {}) => fill(document.getElementById(id).content.cloneNode(true), values, slots);

  // Show a page, and let a screen reader begin at its heading; a page drawn again keeps the focus where it was.
  function show(content, { title = "", again = false } = {}) {
    const held = again && page.contains(document.activeElement) ? document.activeElement : null;
    const mark = held && (held.id || held.dataset.do || held.getAttribute("href"));
    page.replaceChildren(content);
    const heading = page.querySelector("h1");
    document.title = `${title || heading?.textContent || ""} · Forest Dividend`;
    if (again) {
      if (mark) [...page.querySelectorAll("[id],[data-do],a[href]")].find((node) => [node.id, node.dataset.do, node.getAttribute("href")].includes(mark))?.focus();
      return;
    }
    scrollTo(0, 0);
    if (heading) { heading.tabIndex = -1; heading.focus({ preventScroll: true }); }
  }

  const on = (name, work) => { for (const node of page.querySelectorAll(`[data-do="${name}"]`)) node.addEventListener("click", (event) => work(node, event)); };

  // Said aloud, and seen by nobody: what changed on the page without being asked for.
  const tell = (words) => { document.getElementById("told").textContent = words; };

  phone.drawing = { page, draw, fill, show, on, tell };
})();
