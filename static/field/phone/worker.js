"use strict";
// Keeps the pages under field/ on the phone. KEPT, written above by the server, names them and their version.
// Nothing of anybody's is kept here: what people write and read is in IndexedDB, which no update touches.
const NAME = `field-${KEPT.version}`;
const shellOf = (path) => Object.values(KEPT.shells).find((shell) => path === shell);

addEventListener("install", (event) => {
  const wanted = [...KEPT.files, ...Object.values(KEPT.shells)];
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(wanted.map((address) => new Request(address, { cache: "no-cache" })))));
});

addEventListener("activate", (event) => {
  const forget = async () => {
    for (const name of await caches.keys()) if (name.startsWith("field-") && name !== NAME) await caches.delete(name);
    await clients.claim();
  };
  event.waitUntil(forget());
});

addEventListener("message", (event) => { if (event.data === "use") skipWaiting(); });

addEventListener("sync", (event) => {
  const wake = async () => { for (const page of await clients.matchAll({ type: "window" })) page.postMessage("send"); };
  event.waitUntil(wake());
});

const kept = async (address) => (await caches.open(NAME)).match(address, { ignoreSearch: true, ignoreVary: true });

// A page of the site that needs the office: without a signal the phone's own pages open instead.
async function pageOrShell(request) {
  try {
    return await fetch(request);
  } catch {
    return Response.redirect(Object.values(KEPT.shells).at(-1), 302);
  }
}

async function keptOrFetched(request) {
  return (await kept(request.url)) ?? fetch(request);
}

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (KEPT.files.includes(address.pathname) || shellOf(address.pathname)) event.respondWith(keptOrFetched(request));
  else if (request.mode === "navigate" && address.pathname.startsWith(KEPT.field)) event.respondWith(pageOrShell(request));
});
