"use strict";
// The outbox: each photo part by part from where a cut left it, then the record, under the key made when it was begun.
(() => {
  const { store } = phone;
  const SMALLEST = 32 * 1024, LARGEST = 512 * 1024;
  const PATIENCE = 90_000; // milliseconds until a line that says nothing counts as cut
  let part = 64 * 1024;
  let isAtIt = false;

  class Cut extends Error {}
  class SignIn extends Error {}
  class OtherPerson extends Error {}

  const cookie = (name) => (document.cookie.match(`(?:^|; )${name}=([^;]*)`) ?? [])[1] ?? "";

  async function ask(address, options = {}) {
    const stop = new AbortController();
    const clock = setTimeout(() => stop.abort(), PATIENCE);
    try {
      const headers = { Accept: "application/json", "Accept-Language": phone.language, "X-CSRFToken": cookie("forest_csrf"), ...options.headers };
      const answer = await fetch(address, { credentials: "same-origin", cache: "no-store", redirect: "error", ...options, headers, signal: stop.signal });
      const isJson = (answer.headers.get("Content-Type") ?? "").includes("json");
      return { status: answer.status, etag: answer.headers.get("ETag"), body: isJson ? await answer.json() : null };
    } catch (error) {
      throw new Cut(error.message);
    } finally {
      clearTimeout(clock);
    }
  }

  // What is neither yes nor an answer about this record: wait, sign in, or let the right person sign in.
  function judge(answer) {
    if (answer.status === 401) throw new SignIn();
    if (answer.status === 403) throw answer.body?.error === "not_this_person" ? new OtherPerson() : new SignIn();
    if (answer.status === 429 || answer.status >= 500 || !answer.body) throw new Cut(String(answer.status));
    return answer;
  }

  async function sendPart(address, data, first) {
    const last = Math.min(first + part, data.byteLength) - 1;
    const begun = performance.now();
    try {
      const answer = judge(await ask(address, {
        method: "PUT",
        headers: { "Content-Type": "application/octet-stream", "Content-Range": `bytes ${first}-${last}/${data.byteLength}` },
        body: data.slice(first, last + 1),
      }));
      const took = performance.now() - begun;
      part = took < 1500 ? Math.min(part * 2, LARGEST) : took > 8000 ? Math.max(part / 2, SMALLEST) : part;
      return answer;
    } catch (error) {
      part = SMALLEST;
      throw error;
    }
  }

  async function sendPhoto(row, one, tell) {
    const kept = await store.photo(one.id);
    if (!kept) return; // confirmed before, and deleted here
    const address = `/api/phone/photos/${one.sha256}/`;
    let { body } = judge(await ask(address));
    for (let tries = 0; !body.stored; ) {
      const answer = await sendPart(address, kept.data, body.received);
      if (answer.status >= 400) {
        // Damaged on its way: from the beginning, but not for ever.
        if (answer.body.error !== "not_this_photo" || (tries += 1) > 2) throw Object.assign(new Error(answer.body.message), { answer });
        body = { received: 0, stored: false };
        continue;
      }
      body = answer.body;
      await tell(body.received);
    }
    await store.change(row.key, (now) => { now.photos.find((photo) => photo.id === one.id).is_there = true; });
  }

  const sentPhoto = ({ sha256, taken_at, latitude, longitude, original_size }) => ({ sha256, taken_at, latitude, longitude, original_size });

  function messageOf(row) {
    const { key, kind, recipient, target, about, based_on, facts } = row;
    const message = { key, kind, about: about ?? "spending", facts, photos: row.photos.map(sentPhoto), person: row.person };
    if (recipient) message.recipient = recipient;
    if (target) message.target = target;
    if (based_on) message.based_on = based_on;
    if (row.set_aside) message.set_aside = true;
    if (row.own) message.own = row.own; // as it was written, before its writer chose: kept word for word
    return message;
  }

  const needsPerson = (key, why, now) =>
    store.change(key, (row) => { Object.assign(row, { state: "attention", why, now: now ?? null, percent: 0 }); });

  async function sendRecord(row) {
    const whole = row.photos.reduce((sum, one) => sum + one.size, 0) || 1;
    let before = 0;
    const tell = async (received) => {
      await store.change(row.key, (now) => { Object.assign(now, { state: "sending", percent: Math.min(99, Math.floor((100 * (before + received)) / whole)) }); });
      changed();
    };
    await tell(0);
    for (const one of row.photos) {
      if (!one.is_there && !row.set_aside) await sendPhoto(row, one, tell);
      before += one.size;
    }
    const answer = judge(await ask("/api/phone/arrivals/", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(messageOf(row)) }));
    if (answer.status === 200) return confirm(row, answer.body);
    if (answer.body.error === "photos_missing") {
      await store.change(row.key, (now) => { for (const one of now.photos) if (answer.body.missing.includes(one.sha256)) one.is_there = false; });
      throw new Cut("photos are missing there");
    }
    return needsPerson(row.key, sentence(answer.body), answer.body.now);
  }

  function sentence(body) {
    const fields = Object.values(body.fields ?? {}).flat(2).filter((one) => typeof one === "string" && !body.message.includes(one));
    return [body.message, ...fields].join(" ");
  }

  // Nothing goes from the phone before the server has said which photos it read back, and they are these.
  function confirm(row, body) {
    const here = row.photos.map((one) => one.sha256).sort().join();
    if (here !== [...body.photos].sort().join()) return needsPerson(row.key, phone.word("hashes-differ"));
    return store.received(row.key, (now) => {
      Object.assign(now, { state: "received", percent: 100, reference: body.reference, arrived_at: body.arrived_at, set_aside: body.set_aside, why: "", now: null });
    });
  }

  const changed = () => phone.told?.();

  async function sendAll() {
    const me = await store.state("me");
    for (const { key } of await store.records()) {
      const row = await store.record(key);
      if (!row || !["waiting", "sending"].includes(row.state) || row.person !== me?.id) continue;
      try {
        await sendRecord(row);
      } catch (error) {
        if (error.answer) await needsPerson(key, sentence(error.answer.body));
        else if (error instanceof Cut || error instanceof SignIn || error instanceof OtherPerson) {
          await store.change(key, (now) => { now.state = "waiting"; });
          throw error;
        } else throw error;
      }
      changed();
    }
  }

  async function locked(work) {
    if (!navigator.locks) return work(); // one tab: isAtIt is enough
    return navigator.locks.request("field-sending", { ifAvailable: true }, (lock) => (lock ? work() : undefined));
  }

  // "" when all that could be sent was sent, else why not: "cut", "sign-in" or "other-person".
  async function flush() {
    if (isAtIt || !navigator.onLine) return phone.trouble ?? "";
    isAtIt = true;
    let trouble = "";
    try {
      await locked(sendAll);
    } catch (error) {
      trouble = error instanceof SignIn ? "sign-in" : error instanceof OtherPerson ? "other-person" : error instanceof Cut ? "cut" : null;
      if (trouble === null) throw error;
    } finally {
      isAtIt = false;
    }
    phone.trouble = trouble;
    changed();
    return trouble;
  }

  // What was on its way when the phone died waits again; unless another tab is at it just now.
  const recover = () =>
    locked(async () => {
      for (const row of await store.records()) if (row.state === "sending") await store.change(row.key, (now) => { now.state = "waiting"; });
    });

  phone.sending = { ask, recover, flush, judge, Cut, SignIn, OtherPerson, cookie };
})();
