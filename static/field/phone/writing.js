"use strict";
// The forms: three short steps at most, each letter kept as it is typed, checked by the server's own rules before it waits to be sent.
(() => {
  const { store, word, amount, day, digits, name } = phone;
  const { draw, fill, show, page, tell } = phone.drawing;
  const { work, recipientOf, categoryOf, find } = phone.reading;
  const MOST_PHOTOS = 10;
  // As on the server (limits.py): what is beyond is a slip of the finger.
  const LARGEST = { KHR: 10_000_000_000, USD: 250_000_000 };
  const MOST_PEOPLE = 100_000, MOST_DAYS = 90, EARLIEST_DAY = "2010-01-01";
  const FORMS = { SPENDING: "f-spending", CORRECTION: "f-spending", TRAINING: "f-training", PAYMENT: "f-payment", ANSWER: "f-answer" };
  const TITLES = { SPENDING: "log-spending", CORRECTION: "kind-CORRECTION", TRAINING: "log-training", PAYMENT: "kind-PAYMENT", ANSWER: "kind-ANSWER" };

  // --- A new draft ------------------------------------------------------------------------------------------------------

  // Random enough that no two phones ever make the same; randomUUID is missing on older phones.
  function newKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  async function begin(kind, values) {
    const me = await store.state("me");
    const row = { key: newKey(), kind, person: me.id, made_at: Date.now(), state: "draft", step: 0, photos: [], typed: {}, ...values };
    await store.add(row);
    location.replace(`#/draft/${row.key}`);
  }

  const spending = (recipient, payment) =>
    begin("SPENDING", { recipient: Number(recipient), typed: { currency: "KHR", spent_on: phone.today(), disbursement: payment ?? "" } });
  const training = (recipient) => begin("TRAINING", { recipient: Number(recipient), typed: { first_day: phone.today(), days: "1" } });

  async function payment(recipient, id) {
    const known = recipientOf(await work(), recipient)?.payments.find((one) => one.id === Number(id));
    if (!known) return phone.reading.home();
    return begin("PAYMENT", { recipient: Number(recipient), target: known.id, about_reference: known.reference, paid_on: known.paid_on, typed: { received_on: "" } });
  }

  async function answer(about, id) {
    const { recipient, row } = find(await work(), about, id);
    if (!row) return phone.reading.home();
    return begin("ANSWER", { recipient: recipient.id, target: row.id, about, about_reference: row.reference, based_on: row.turn });
  }

  async function correct(id) {
    const { recipient, row } = find(await work(), "spending", id);
    if (!row) return phone.reading.home();
    return begin("CORRECTION", { recipient: recipient.id, target: row.id, about: "spending", about_reference: row.reference, based_on: row.turn, typed: typedOf(row) });
  }

  function typedOf(row) {
    const counts = Object.fromEntries(["women", "men", "youth", "indigenous", "poor_households"].map((field) => [field, row[field] ? String(row[field]) : ""]));
    return {
      ...counts, amount: phone.plain(row.amount_minor, row.currency), currency: row.currency, category: String(row.category), spent_on: row.spent_on, payee: row.payee, description: row.description,
      other: row.other_minor ? phone.plain(row.other_minor, row.currency) : "", disbursement: row.disbursement ? String(row.disbursement) : "", activity: row.activity ? String(row.activity) : "",
    };
  }

  // --- Choices ------------------------------------------------------------------------------------------------------------

  function option(value, words) {
    const node = document.createElement("option");
    node.value = value;
    node.textContent = words;
    return node;
  }

  function categoryChoices(select, all) {
    select.append(option("", word("choose")));
    for (const purpose of [...new Set(all.categories.map((one) => one.purpose))]) {
      const group = document.createElement("optgroup");
      group.label = word(purpose);
      group.append(...all.categories.filter((one) => one.purpose === purpose).map((one) => option(String(one.id), name(one))));
      select.append(group);
    }
  }

  async function lately(all, recipient, field) {
    const mine = (await store.records()).filter((row) => row.kind === "SPENDING" && row.recipient === recipient.id && row.state !== "draft").reverse();
    const values = [...mine.map((row) => row.typed[field]), ...(field === "payee" ? recipient.payees : recipient.records.map((row) => String(row.category)))];
    return [...new Set(values)].filter((value) => value && (field === "payee" || all.categories.some((one) => String(one.id) === value))).slice(0, 4);
  }

  async function chips(form, all, recipient, row) {
    for (const holder of form.querySelectorAll("[data-chips]")) {
      const field = holder.dataset.chips;
      for (const value of await lately(all, recipient, field)) {
        const piece = draw("t-chip", { words: field === "payee" ? value : name(categoryOf(all, value)) });
        piece.firstElementChild.addEventListener("click", () => { form.elements[field].value = value; form.elements[field].dispatchEvent(new Event("input", { bubbles: true })); form.elements[field].focus(); });
        holder.append(piece);
      }
      if (!holder.childElementCount) holder.remove();
    }
  }

  async function spendingChoices(form, all, row) {
    const recipient = recipientOf(all, row.recipient);
    categoryChoices(form.elements.category, all);
    const named = recipient.payments.filter((one) => recipient.advances.some((open) => open.id === one.disbursement) || String(one.disbursement) === row.typed.disbursement);
    form.elements.disbursement.append(option("", word("oldest")), ...named.map((one) => option(String(one.disbursement), `${one.reference} · ${word(one.purpose)}`)));
    const activities = recipient.activities ?? [];
    form.querySelector("[data-activities]").hidden = !activities.length;
    form.elements.activity.append(option("", word("choose")), ...activities.map((one) => option(String(one.id), name(one))));
    const barred = form.querySelector("[data-not-eligible]");
    if (!all.not_eligible.length) barred.remove();
    for (const one of all.not_eligible) barred?.querySelector("ul").append(Object.assign(document.createElement("li"), { textContent: name(one) }));
    await chips(form, all, recipient, row);
  }

  // --- What is typed ------------------------------------------------------------------------------------------------------

  let keeping = Promise.resolve();

  function keep(form, key) {
    const typed = Object.fromEntries(new FormData(form));
    keeping = keeping.then(() => store.change(key, (row) => { if (row.state === "draft" || row.state === "attention") { Object.assign(row.typed, typed); row.is_touched = true; } }));
    return keeping;
  }

  function wire(form, key) {
    for (const field of form.querySelectorAll("#f-amount, #f-other")) {
      field.addEventListener("input", () => {
        const behind = field.value.length - field.selectionEnd;
        const found = phone.grouped(field.value);
        if (found === field.value) return;
        field.value = found;
        field.setSelectionRange(found.length - behind, found.length - behind);
      });
    }
    form.addEventListener("input", ({ target }) => {
      if (target.getAttribute("aria-invalid")) {
        document.getElementById(`${target.id}-error`)?.remove();
        target.removeAttribute("aria-invalid");
        target.removeAttribute("aria-describedby");
      }
      keep(form, key);
    });
    form.addEventListener("change", () => keep(form, key));
  }

  // --- Checks, as the server's ----------------------------------------------------------------------------------------------

  const text = (typed, field) => (typed[field] ?? "").trim();

  function checkAmount(wrong, field, value, currency, isNeeded, most = Infinity) {
    if (!value) return isNeeded ? ((wrong[field] = word("needed")), 0) : 0;
    const minor = phone.parseAmount(value, currency);
    if (minor === null) wrong[field] = word(currency === "KHR" ? "not-riel" : "not-dollars");
    else if (isNeeded && minor === 0) wrong[field] = word("more-than-zero");
    else if (minor > most) wrong[field] = word("too-large");
    return minor ?? 0;
  }

  function checkDay(wrong, field, value) {
    if (!value) wrong[field] = word("needed");
    else if (value > phone.today()) wrong[field] = word("day-to-come");
    else if (value < EARLIEST_DAY) wrong[field] = word("too-long-ago");
    return value;
  }

  function counts(typed, wrong, fields) {
    const found = {};
    for (const field of fields) {
      found[field] = phone.parseCount(typed[field]);
      if (found[field] === null) { wrong[field] = word("not-a-number"); found[field] = 0; }
      else if (found[field] > MOST_PEOPLE) wrong[field] = word("too-many-people");
    }
    return found;
  }

  function spendingFacts(typed, row, wrong) {
    for (const field of ["category", "payee", "description"]) if (!text(typed, field)) wrong[field] = word("needed");
    const people = counts(typed, wrong, ["women", "men", "youth", "indigenous", "poor_households"]);
    for (const field of ["youth", "indigenous"]) if (people[field] > people.women + people.men) wrong[field] = word("more-than-all");
    const facts = {
      category: Number(typed.category) || null, currency: typed.currency, spent_on: checkDay(wrong, "spent_on", typed.spent_on), payee: text(typed, "payee"), description: text(typed, "description"),
      amount_minor: checkAmount(wrong, "amount", text(typed, "amount"), typed.currency, true, LARGEST[typed.currency]), other_minor: checkAmount(wrong, "other", text(typed, "other"), typed.currency, false),
      disbursement: Number(typed.disbursement) || null, ...people,
    };
    if (!wrong.other && !wrong.amount && facts.other_minor > facts.amount_minor) wrong.other = word("other-too-large");
    if (row.place) Object.assign(facts, { latitude: row.place.latitude, longitude: row.place.longitude });
    if (typed.activity) facts.activity = Number(typed.activity);
    return facts;
  }

  const lastDay = (first, days) => new Date(Date.parse(first) + (days - 1) * 24 * 3600_000).toISOString().slice(0, 10);

  function trainingFacts(typed, _row, wrong) {
    for (const field of ["topic", "trainer"]) if (!text(typed, field)) wrong[field] = word("needed");
    const people = counts(typed, wrong, ["women", "men", "days"]);
    if (!wrong.women && !wrong.men && !(people.women + people.men)) wrong.women = word("nobody");
    const first_day = checkDay(wrong, "first_day", typed.first_day);
    if (!wrong.days && !people.days) wrong.days = word("needed");
    else if (people.days > MOST_DAYS) wrong.days = word("days-wrong");
    else if (!wrong.days && !wrong.first_day && lastDay(first_day, people.days) > phone.today()) wrong.days = word("not-over");
    return { topic: text(typed, "topic"), trainer: text(typed, "trainer"), place: text(typed, "place"), first_day, ...people };
  }

  function paymentFacts(typed, row, wrong) {
    for (const field of ["signed_by", "also_signed_by"]) if (!text(typed, field)) wrong[field] = word("needed");
    if (text(typed, "signed_by").toLowerCase() === text(typed, "also_signed_by").toLowerCase() && !wrong.signed_by) wrong.also_signed_by = word("two-people");
    const received_on = checkDay(wrong, "received_on", typed.received_on);
    if (!wrong.received_on && row.paid_on && received_on < row.paid_on) wrong.received_on = `${word("paid-on", { day: day(row.paid_on) })}. ${word("correct-day")}`;
    return {
      received_on, local_minor: checkAmount(wrong, "amount", text(typed, "amount"), row.currency, true), local_currency: row.currency,
      signed_by: text(typed, "signed_by"), also_signed_by: text(typed, "also_signed_by"),
    };
  }

  function answerFacts(typed, _row, wrong) {
    if (!text(typed, "words")) wrong.words = word("needed");
    return { words: text(typed, "words") };
  }

  const CHECKS = { SPENDING: spendingFacts, CORRECTION: spendingFacts, TRAINING: trainingFacts, PAYMENT: paymentFacts, ANSWER: answerFacts };

  // Mark what is wrong in the visible step; true if anything is.
  function mark(form, section, wrong) {
    for (const old of form.querySelectorAll(".errorlist")) old.remove();
    for (const field of form.querySelectorAll("[aria-invalid]")) { field.removeAttribute("aria-invalid"); field.removeAttribute("aria-describedby"); }
    let first = null;
    const inputs = [...section.querySelectorAll("[name]")].filter((input, index, all) => wrong[input.name] && all.findIndex((one) => one.name === input.name) === index);
    for (const input of inputs) { // in the order of the page: the first one gets the focus
      const words = wrong[input.name];
      const told = Object.assign(document.createElement("p"), { className: "errorlist", id: `${input.id}-error`, textContent: words });
      input.closest(".field").querySelector("label").after(told);
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", told.id);
      input.closest("details")?.setAttribute("open", "");
      first ??= input;
    }
    page.querySelector("[data-errors]").hidden = !first;
    first?.focus();
    return Boolean(first);
  }

  // --- Photos -----------------------------------------------------------------------------------------------------------

  function photoFacts(one) {
    const parts = [one.taken_at ? word("photo-facts", { when: phone.when(one.taken_at) }) : "", one.latitude ? word("photo-place") : ""];
    return parts.filter(Boolean).join(", ");
  }

  async function listPhotos(holder, key) {
    const row = await store.record(key);
    const list = holder.querySelector("[data-photo-list]");
    for (const picture of list.querySelectorAll("img")) URL.revokeObjectURL(picture.src);
    list.replaceChildren();
    for (const [index, one] of row.photos.entries()) {
      const number = digits(index + 1);
      const piece = draw("t-photo", { sizes: word("from-to", { size: phone.bytes(one.original_size), small: phone.bytes(one.size) }), facts: photoFacts(one), remove: word("remove-photo", { number }) });
      const picture = piece.querySelector("[data-picture]");
      const kept = await store.photo(one.id);
      if (kept) picture.src = URL.createObjectURL(new Blob([kept.data], { type: "image/jpeg" }));
      picture.alt = word("photo", { number });
      piece.querySelector("[data-do=remove]").addEventListener("click", async () => { await store.dropPhoto(key, one.id); await listPhotos(holder, key); });
      list.append(piece);
    }
  }

  async function addPhotos(holder, key, most, files) {
    const state = holder.querySelector("[data-photo-state]");
    for (const file of files) {
      if ((await store.record(key)).photos.length >= most) { state.textContent = word("too-many-photos", { most: digits(most) }); return; }
      state.textContent = word("photo-working");
      try {
        const { facts, data } = await phone.photo.prepare(file);
        await store.addPhoto(key, facts, data);
        state.textContent = word("photo-added");
      } catch (error) {
        if (error.name === "QuotaExceededError") throw error;
        state.textContent = word("not-a-photo", { name: file.name });
      }
      await listPhotos(holder, key);
    }
  }

  async function photos(form, key) {
    const holder = form.querySelector("[data-photos]");
    if (!holder) return;
    const most = Number(holder.dataset.photos) || MOST_PHOTOS;
    holder.append(draw("t-photos"));
    if (most > 1) holder.querySelector("[data-gallery]").multiple = true;
    for (const input of holder.querySelectorAll("input[type=file]")) {
      input.addEventListener("change", async () => { const files = [...input.files]; input.value = ""; await addPhotos(holder, key, most, files); });
    }
    await listPhotos(holder, key);
  }

  // --- Place --------------------------------------------------------------------------------------------------------------

  function place(form, row) {
    const state = form.querySelector("[data-place]");
    if (!state) return;
    const say = (found) => { state.textContent = found ? word("place-taken", { meters: digits(Math.round(found.accuracy)) }) : word("place-none"); };
    say(row.place);
    form.querySelector("[data-do=place]").addEventListener("click", () => {
      const took = async ({ coords }) => {
        const found = { latitude: Number(coords.latitude.toFixed(6)), longitude: Number(coords.longitude.toFixed(6)), accuracy: coords.accuracy };
        await store.change(row.key, (now) => { now.place = found; });
        say(found);
      };
      const failed = () => { state.textContent = word("place-refused"); };
      if (navigator.geolocation) navigator.geolocation.getCurrentPosition(took, failed, { enableHighAccuracy: true, timeout: 30_000, maximumAge: 120_000 });
      else failed();
    });
  }

  // --- The page of a draft --------------------------------------------------------------------------------------------------

  async function body(row, all) {
    const form = document.createElement("form");
    form.noValidate = true;
    const values = {}, slots = {};
    if (row.kind === "PAYMENT") {
      const known = recipientOf(all, row.recipient)?.payments.find((one) => one.id === row.target);
      if (known && !row.currency) row = await store.change(row.key, (now) => { now.currency = known.currency; });
      if (known) Object.assign(values, { paid: word("paid-on", { day: day(known.paid_on) }), amount: amount(known.amount_minor, known.currency), what: known.description, currency: known.currency === "KHR" ? "៛" : known.currency });
    }
    if (row.kind === "ANSWER") slots.steps = phone.reading.stepItems(find(all, row.about, row.target).row?.steps ?? []);
    form.append(draw(FORMS[row.kind], values, slots));
    if (FORMS[row.kind] === "f-spending") await spendingChoices(form, all, row);
    for (const [field, value] of Object.entries(row.typed)) if (form.elements[field]) form.elements[field].value = value;
    for (const field of form.querySelectorAll("input[type=date]")) field.max = phone.today();
    await photos(form, row.key);
    place(form, row);
    return { form, row };
  }

  async function draft(key, step) {
    let row = await store.record(key);
    if (!row || !["draft", "attention"].includes(row.state)) return phone.reading.outbox();
    const all = await work();
    if (!recipientOf(all, row.recipient)) return phone.reading.outbox();
    const built = await body(row, all);
    row = built.row;
    const sections = [...built.form.querySelectorAll("[data-step]")];
    const at = Math.min(Math.max(Number(step ?? row.step) || 0, 0), sections.length - 1);
    sections.forEach((section, index) => { section.hidden = index !== at; });
    const isLast = at === sections.length - 1;
    built.form.append(draw("t-buttons", { next: !isLast, last: isLast, before: at > 0 }));
    wire(built.form, key);
    show(draw("t-form", {
      back: "#/", back_to: word("title"), title: word(TITLES[row.kind]) + (row.about_reference ? `\u00a0· ${row.about_reference}` : ""), name: name(recipientOf(all, row.recipient)),
      step_of: sections.length > 1 ? word("step-of", { step: digits(at + 1), steps: digits(sections.length) }) : "",
    }, { form: [] }));
    page.querySelector("form").replaceWith(built.form);
    await store.change(key, (now) => { now.step = at; });
    moves(built.form, key, at, sections);
  }

  function moves(form, key, at, sections) {
    const to = (step) => { location.hash = `#/draft/${key}/${step}`; };
    form.querySelector("[data-do=before]")?.addEventListener("click", async () => { await keep(form, key); to(at - 1); });
    page.querySelector("[data-do=delete]").addEventListener("click", async () => {
      if (!confirm(word("delete-sure"))) return;
      await keeping;
      await store.remove(key);
      tell("");
      location.hash = "#/";
    });
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      await keep(form, key);
      const row = await store.record(key);
      const wrong = {};
      const facts = CHECKS[row.kind](row.typed, row, wrong);
      if (mark(form, sections[at], wrong)) return;
      if (at < sections.length - 1) return to(at + 1);
      const early = sections.findIndex((section) => Object.keys(wrong).some((field) => section.querySelector(`[name="${field}"]`)));
      if (early >= 0) return to(early);
      await finish(key, facts);
    });
  }

  async function finish(key, facts) {
    const row = await store.change(key, (now) => { Object.assign(now, { facts, state: "waiting", why: "", now: null, percent: 0 }); });
    tell(word("kept"));
    const more = row.kind === "SPENDING" ? `#/new/spending/${row.recipient}` : "";
    history.replaceState(null, "", "#/kept");
    show(draw("t-saved", { what: phone.reading.titleOf(row), more }));
    await phone.told();
    phone.wake?.();
    phone.sending.flush();
  }

  phone.writing = { spending, training, payment, answer, correct, draft, fill, typedOf };
})();
