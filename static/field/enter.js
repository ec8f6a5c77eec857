"use strict";
// On the pages that need a signal: the way to those that do not, and no signing out over records that were not sent.
(() => {
  const offer = document.getElementById("phone-pages");
  if (!("serviceWorker" in navigator) || !("indexedDB" in window) || !isSecureContext) return;
  if (offer) offer.hidden = false;

  // Whether the phone's own pages are set up here, without making their store where they are not.
  async function unsent() {
    const names = indexedDB.databases ? (await indexedDB.databases()).map((one) => one.name) : ["field"];
    if (!names.includes("field")) return 0;
    const db = await new Promise((done, failed) => {
      const asked = indexedDB.open("field");
      asked.onsuccess = () => done(asked.result);
      asked.onerror = () => failed(asked.error);
      asked.onupgradeneeded = () => asked.transaction.abort();
    });
    const rows = await new Promise((done) => {
      const asked = db.transaction("records").objectStore("records").getAll();
      asked.onsuccess = () => done(asked.result);
    });
    db.close();
    return rows.filter((row) => row.state !== "received").length;
  }

  for (const form of document.querySelectorAll("form[data-sign-out]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const waiting = await unsent().catch(() => 0);
      if (!waiting) return form.submit();
      const refused = document.getElementById("unsent-here");
      refused.hidden = false;
      refused.focus();
    });
  }
})();
