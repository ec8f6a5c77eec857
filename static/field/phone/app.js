"use strict";
// Where the pages begin: PIN, news from the office, addresses after the #, the service worker, signing out.
(() => {
  const { store, word, digits, reading, writing, choosing, sending } = phone;
  const { draw, show, page, on, tell } = phone.drawing;
  const at = document.body.dataset;
  const PATIENCE = 5 * 60_000; // milliseconds out of sight until the PIN is asked again
  const TRIES = 5, WAIT = 30;
  let isOpen = false;
  let offered = null;
  let waiting = null;

  // --- PIN: it hides, it does not encrypt --------------------------------------------------------------------------------

  async function stretch(pin, salt) {
    const key = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveBits"]);
    const bits = await crypto.subtle.deriveBits({ name: "PBKDF2", hash: "SHA-256", salt, iterations: 150_000 }, key, 256);
    return [...new Uint8Array(bits)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  const clean = (text) => phone.latin(text).trim();

  async function setPin(pin) {
    const salt = crypto.getRandomValues(new Uint8Array(16));
    await store.setState("pin", { salt, hash: await stretch(pin, salt), tries: 0, wait_until: 0 });
  }

  function newPin(me) {
    show(draw("t-pin-new", { me: me.name }));
    page.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const [first, second] = ["pin-1", "pin-2"].map((id) => clean(document.getElementById(id).value));
      const why = !/^\d{4,8}$/.test(first) ? word("pin-short") : first !== second ? word("pin-differs") : "";
      if (why) return complain(why, "pin-1");
      await setPin(first);
      return enter();
    });
  }

  function complain(why, field) {
    const told = page.querySelector("[role=alert]");
    told.textContent = why;
    told.hidden = false;
    document.getElementById(field).focus();
  }

  function askPin(me) {
    isOpen = false;
    document.getElementById("tabs").hidden = true;
    show(draw("t-pin", { me: me.name }));
    on("forgot", () => signInAgain());
    page.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      const pin = await store.state("pin");
      const left = Math.ceil((pin.wait_until - Date.now()) / 1000);
      if (left > 0) return complain(word("pin-wait", { seconds: digits(left) }), "pin");
      if ((await stretch(clean(document.getElementById("pin").value), pin.salt)) === pin.hash) {
        await store.setState("pin", { ...pin, tries: 0, wait_until: 0 });
        return enter();
      }
      const tries = pin.tries + 1;
      await store.setState("pin", { ...pin, tries: tries % TRIES, wait_until: tries >= TRIES ? Date.now() + WAIT * 1000 : 0 });
      document.getElementById("pin").value = "";
      return complain(tries >= TRIES ? word("pin-wait", { seconds: digits(WAIT) }) : word("pin-wrong", { left: digits(TRIES - tries) }), "pin");
    });
  }

  // --- Signing in and out -------------------------------------------------------------------------------------------------

  const loginAddress = () => `${at.login}?next=${encodeURIComponent(at.here)}`;

  async function logout() {
    const answer = await fetch(at.logout, { method: "POST", credentials: "same-origin", redirect: "manual", headers: { "X-CSRFToken": sending.cookie("forest_csrf") } });
    if (answer.type !== "opaqueredirect" && !answer.ok) throw new sending.Cut(String(answer.status));
  }

  // The password again, since the session may still be open; what is on the phone stays.
  async function signInAgain() {
    try {
      await logout();
      await store.setState("renew_pin", true);
      location.assign(loginAddress());
    } catch {
      tell(word("now-offline"));
      complainAnywhere(word("sign-out-signal"));
    }
  }

  function complainAnywhere(words) {
    const told = Object.assign(document.createElement("p"), { className: "message error", textContent: words });
    told.setAttribute("role", "alert");
    page.querySelector("h1")?.after(told);
  }

  async function signOut() {
    const unsent = (await store.unsent()).length;
    if (unsent) return settings({ refused: word("sign-out-refused", { number: digits(unsent) }) });
    try {
      await logout();
    } catch {
      return settings({ refused: word("sign-out-signal") });
    }
    await store.wipe();
    return location.assign(at.login);
  }

  async function welcome(why = "") {
    show(draw("t-welcome", { why, login: loginAddress(), plain: at.home }));
  }

  async function holdsOther(me) {
    const unsent = (await store.unsent()).length;
    show(draw("t-other", { holds: word("holds-other", { name: me.name }), unsent: unsent ? word("holds-other-unsent", { number: digits(unsent), name: me.name }) : "", free: !unsent }));
    on("sign-in", async () => { await logout(); location.assign(loginAddress()); });
    on("take-over", async () => { await store.wipe(); location.reload(); });
  }

  // --- News from the office ---------------------------------------------------------------------------------------------------

  async function refresh() {
    const etag = await store.state("etag");
    const answer = await sending.ask("/api/phone/reading/", etag ? { headers: { "If-None-Match": etag } } : {});
    if (answer.status === 304) {
      await store.setState("fresh_at", Date.now());
      return store.state("work");
    }
    sending.judge(answer);
    const me = await store.state("me");
    if (me && me.id !== answer.body.person.id) throw new sending.OtherPerson();
    await store.setState("work", answer.body);
    await store.setState("me", answer.body.person);
    await store.setState("etag", answer.etag);
    await store.setState("fresh_at", Date.now());
    keepCards(answer.body); // in its own time: nobody waits for them
    return answer.body;
  }

  async function keepCards(work) {
    for (const one of work.recipients) {
      const kept = await store.card(one.id);
      if (kept && Date.now() - kept.at < 24 * 3600_000) continue;
      try {
        const answer = await fetch(`${one.card}?in=${phone.language}`, { credentials: "same-origin", redirect: "error" });
        if (!answer.ok) continue;
        const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("article.plan-card");
        if (found) await store.setCard(one.id, { html: found.outerHTML, at: Date.now() });
      } catch {
        return; // the line is gone: next time
      }
    }
  }

  async function news() {
    if (!navigator.onLine || !isOpen) return;
    try {
      const trouble = await sending.flush();
      if (!trouble) await refresh();
    } catch (error) {
      if (!(error instanceof sending.Cut)) phone.trouble = error instanceof sending.SignIn ? "sign-in" : error instanceof sending.OtherPerson ? "other-person" : "";
    }
    await phone.told();
  }

  // --- Pages ------------------------------------------------------------------------------------------------------------------

  async function settings(more = {}) {
    const me = await store.state("me");
    show(draw("t-settings", { me: me.name, fresh: await reading.fresh(), other: `${at.other}${location.hash}`, installable: offered, ...more }));
    for (const one of page.querySelectorAll("input[name=digits]")) {
      one.checked = (one.value === "khmer") === phone.showsKhmerDigits();
      one.addEventListener("change", () => { localStorage.setItem("field-digits", one.value); document.cookie = `digits=${one.value}; path=/; max-age=31536000; samesite=lax`; settings(); });
    }
    on("language", () => { document.cookie = `django_language=${at.otherLanguage}; path=/; max-age=31536000; samesite=lax`; });
    on("refresh", async (node) => { node.disabled = true; await news(); settings(); });
    on("lock", async () => { sessionStorage.removeItem("field-open"); askPin(me); });
    on("install", async () => { await offered.prompt(); offered = null; settings(); });
    on("sign-out", signOut);
    if (more.refused) page.querySelector("[role=alert]").focus();
  }

  const ROUTES = [
    [/^#\/new\/spending\/(\d+)(?:\/(\d+))?$/, writing.spending, "home"],
    [/^#\/new\/training\/(\d+)$/, writing.training, "home"],
    [/^#\/payment\/(\d+)\/(\d+)$/, writing.payment, "home"],
    [/^#\/answer\/(spending|training)\/(\d+)$/, writing.answer, "home"],
    [/^#\/correct\/(\d+)$/, writing.correct, "home"],
    [/^#\/draft\/([0-9a-f-]{36})(?:\/(\d))?$/, writing.draft, "home"],
    [/^#\/for\/(\d+)$/, reading.records, "home"],
    [/^#\/record\/(spending|training)\/(\d+)$/, reading.record, "home"],
    [/^#\/statement\/(\d+)$/, reading.statement, "home"],
    [/^#\/card\/(\d+)$/, reading.card, "home"],
    [/^#\/plan\/(\d+)$/, reading.plan, "home"],
    [/^#\/check\/(\d+)$/, reading.check, "home"],
    [/^#\/choose\/([0-9a-f-]{36})$/, choosing.choose, "outbox"],
    [/^#\/outbox$/, reading.outbox, "outbox"],
    [/^#\/settings$/, () => settings(), "settings"],
  ];

  async function route(options) {
    if (!isOpen || location.hash === "#page") return;
    if (!location.hash.startsWith("#/draft/")) await store.prune();
    const [found, open, tab] = ROUTES.map(([pattern, ...rest]) => [pattern.exec(location.hash), ...rest]).find(([match]) => match) ?? [[], reading.home, "home"];
    for (const link of document.querySelectorAll("[data-tab]")) {
      if (link.dataset.tab === tab) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    await notices();
    const given = found.slice(1).map((one) => one ?? undefined);
    await (options ? open(...given, options) : open(...given));
  }

  async function notices() {
    const unsent = (await store.unsent()).length;
    const count = document.getElementById("unsent");
    count.hidden = !unsent;
    count.textContent = digits(unsent);
    const me = await store.state("me");
    const found = [];
    if (!navigator.onLine) found.push(draw("t-notice", { kind: "warning", words: word("offline") }));
    else if (phone.trouble === "cut") found.push(draw("t-notice", { kind: "warning", words: word("cut") }));
    if (["sign-in", "other-person"].includes(phone.trouble)) {
      found.push(draw("t-notice", { kind: "error", words: word("sign-in-as", { name: me.name }), button: document.getElementById("words").querySelector("[data-word=sign-in]").textContent }));
    }
    if (waiting) found.push(draw("t-notice", { words: word("new-pages"), button: word("use-new-pages") }));
    const holder = document.getElementById("notices");
    holder.replaceChildren(...found);
    for (const button of holder.querySelectorAll("button")) {
      button.addEventListener("click", () => (waiting && button.textContent === word("use-new-pages") ? waiting.postMessage("use") : signInAgain(false)));
    }
  }

  // Called when something changed behind the page: pages to read are drawn again, forms are left alone.
  let drawing = Promise.resolve();
  phone.told = () => {
    drawing = drawing.then(async () => {
      if (!isOpen) return;
      await notices();
      if (/^#\/(outbox|for\/\d+)?$/.test(location.hash) || !location.hash) await route({ again: true });
    });
    return drawing;
  };

  async function enter() {
    isOpen = true;
    await store.forgetState("renew_pin");
    sessionStorage.setItem("field-open", String(Date.now()));
    document.getElementById("tabs").hidden = false;
    document.getElementById("demo").hidden = !(await reading.work()).programme?.is_demonstration;
    await route();
    news();
  }

  async function firstTime() {
    try {
      const work = await refresh();
      return newPin(work.person);
    } catch (error) {
      return welcome(error instanceof sending.Cut ? word("now-offline") : "");
    }
  }

  // After a forgotten PIN: only the same person, signed in again, chooses a new one.
  async function renew(me) {
    try {
      await refresh();
      return newPin(me);
    } catch (error) {
      if (error instanceof sending.OtherPerson) return holdsOther(me);
      return askPin(me);
    }
  }

  async function begin() {
    await sending.recover();
    const me = await store.state("me");
    if (!me || !(await store.state("pin"))) return firstTime();
    if (await store.state("renew_pin")) return renew(me);
    if (navigator.onLine) {
      try {
        await refresh();
      } catch (error) {
        if (error instanceof sending.OtherPerson) return holdsOther(me);
        if (error instanceof sending.SignIn) phone.trouble = "sign-in";
      }
    }
    return sessionStorage.getItem("field-open") ? enter() : askPin(me);
  }

  // --- The service worker and the world around --------------------------------------------------------------------------------

  async function keepPages() {
    if (!("serviceWorker" in navigator)) return;
    const kept = await navigator.serviceWorker.register(at.worker, { scope: at.home, updateViaCache: "none" });
    const offer = (worker) => {
      if (!worker || !navigator.serviceWorker.controller) return;
      waiting = worker;
      if (isOpen) notices();
    };
    offer(kept.waiting);
    kept.addEventListener("updatefound", () => {
      const worker = kept.installing;
      worker.addEventListener("statechange", () => { if (worker.state === "installed") offer(worker); });
    });
    const hadOne = Boolean(navigator.serviceWorker.controller);
    navigator.serviceWorker.addEventListener("controllerchange", () => { if (hadOne) location.reload(); });
    navigator.serviceWorker.addEventListener("message", (event) => { if (event.data === "send") news(); });
    phone.wake = async () => { const ready = await navigator.serviceWorker.ready; try { await ready.sync?.register("send"); } catch { /* the phone wakes us otherwise */ } };
  }

  addEventListener("hashchange", () => route());
  addEventListener("online", news);
  addEventListener("offline", () => phone.told());
  addEventListener("beforeinstallprompt", (event) => { event.preventDefault(); offered = event; });
  let hiddenAt = 0;
  document.addEventListener("visibilitychange", async () => {
    if (document.hidden) hiddenAt = Date.now();
    else if (isOpen && Date.now() - hiddenAt > PATIENCE) { sessionStorage.removeItem("field-open"); askPin(await store.state("me")); }
    else news();
  });
  setInterval(() => { if (!document.hidden) news(); }, 30_000);
  navigator.storage?.persist?.();
  begin();
  keepPages();
})();
