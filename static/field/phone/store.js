"use strict";
// What is kept on the phone, in IndexedDB. A write is on the disk before it is called done: a battery may die in the next second.
(() => {
  const SAFE = { durability: "strict" };
  const opened = idb.openDB("field", 1, {
    upgrade(db, before) {
      // Later versions add to this and take nothing away: drafts outlive every update of the pages.
      if (before < 1) {
        db.createObjectStore("state");
        db.createObjectStore("records", { keyPath: "key" });
        db.createObjectStore("photos", { keyPath: "id" }).createIndex("record", "record");
        db.createObjectStore("cards");
      }
    },
    blocking() { opened.then((db) => db.close()); },
  });

  const state = async (name) => (await opened).get("state", name);
  const card = async (id) => (await opened).get("cards", id);

  async function write(stores, work) {
    const tx = (await opened).transaction(stores, "readwrite", SAFE);
    const result = await work(tx);
    await tx.done;
    return result;
  }

  const setState = (name, value) => write("state", (tx) => tx.store.put(value, name));
  const forgetState = (name) => write("state", (tx) => tx.store.delete(name));
  const setCard = (id, value) => write("cards", (tx) => tx.store.put(value, id));

  async function records() {
    const all = await (await opened).getAll("records");
    return all.sort((one, two) => one.made_at - two.made_at);
  }

  const record = async (key) => (await opened).get("records", key);
  const add = (row) => write("records", (tx) => tx.store.put(row));

  // Read and write in one transaction: two tabs, or a form and the sending, never write over each other.
  const change = (key, how) =>
    write("records", async (tx) => {
      const row = await tx.store.get(key);
      if (!row) return undefined;
      how(row);
      await tx.store.put(row);
      return row;
    });

  const photo = async (id) => (await opened).get("photos", id);

  const addPhoto = (key, facts, data) =>
    write(["records", "photos"], async (tx) => {
      const rows = tx.objectStore("records");
      const row = await rows.get(key);
      if (!row || row.photos.some((one) => one.sha256 === facts.sha256)) return row;
      const id = `${key}:${facts.sha256}`;
      await tx.objectStore("photos").put({ id, record: key, data });
      row.photos.push({ ...facts, id, is_there: false });
      row.is_touched = true;
      await rows.put(row);
      return row;
    });

  const dropPhoto = (key, id) =>
    write(["records", "photos"], async (tx) => {
      const rows = tx.objectStore("records");
      const row = await rows.get(key);
      row.photos = row.photos.filter((one) => one.id !== id);
      await rows.put(row);
      await tx.objectStore("photos").delete(id);
      return row;
    });

  async function dropBytes(store, key) {
    for (let at = await store.index("record").openCursor(key); at; at = await at.continue()) await at.delete();
  }

  // The bytes of photos go in the same transaction that writes that the office has them.
  const received = (key, how) =>
    write(["records", "photos"], async (tx) => {
      const rows = tx.objectStore("records");
      const row = await rows.get(key);
      how(row);
      await rows.put(row);
      await dropBytes(tx.objectStore("photos"), key);
      return row;
    });

  const remove = (key) =>
    write(["records", "photos"], async (tx) => {
      await tx.objectStore("records").delete(key);
      await dropBytes(tx.objectStore("photos"), key);
    });

  const wipe = () =>
    write(["state", "records", "photos", "cards"], (tx) =>
      Promise.all(["state", "records", "photos", "cards"].map((name) => tx.objectStore(name).clear())),
    );

  // A form that was opened and left as it was is nobody's draft.
  async function prune() {
    for (const row of await records()) if (row.state === "draft" && !row.is_touched) await remove(row.key);
  }

  const isUnsent = (row) => row.state !== "received";
  const unsent = async () => (await records()).filter(isUnsent);

  phone.store = { state, setState, forgetState, card, setCard, records, record, add, change, photo, addPhoto, dropPhoto, received, remove, prune, wipe, unsent, isUnsent };
})();
