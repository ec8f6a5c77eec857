"use strict";
// Two versions of one thing: a person decides with both before them. What is not chosen is sent too, and kept beside.
(() => {
  const { store, word, amount, day, digits, name } = phone;
  const { draw, show, page, on } = phone.drawing;
  const { work, categoryOf, recipientOf } = phone.reading;
  const SPENDING = ["spent_on", "amount_minor", "category", "payee", "description", "women", "men", "youth", "indigenous", "poor_households", "other_minor", "disbursement"];
  const PAYMENT = ["received_on", "local_minor", "signed_by", "also_signed_by"];

  function shown(field, values, all, recipient) {
    const value = values[field];
    if (field === "amount_minor" || field === "other_minor") return amount(value ?? 0, values.currency);
    if (field === "local_minor") return amount(value ?? 0, values.local_currency);
    if (field === "category") return name(categoryOf(all, value));
    if (field.endsWith("_on")) return day(value);
    if (field === "disbursement") return recipient?.payments.find((one) => one.disbursement === value)?.reference ?? word("oldest");
    return typeof value === "number" ? digits(value) : value ?? "";
  }

  // What the office has of a payment, in the words of what was written on the phone.
  const arrivedFacts = (now) => ({ ...now.arrived, local_minor: now.arrived?.amount_minor, local_currency: now.currency });

  async function choose(key, options) {
    const row = await store.record(key);
    if (!row?.now) return phone.reading.outbox(options);
    const all = await work(), recipient = recipientOf(all, row.recipient);
    const isPayment = row.kind === "PAYMENT";
    const theirs = isPayment ? arrivedFacts(row.now) : row.now;
    const fields = row.kind === "CORRECTION" ? SPENDING : isPayment ? PAYMENT : [];
    const differing = fields.filter((field) => shown(field, row.facts, all, recipient) !== shown(field, theirs, all, recipient));
    // Riel and dollars go with their amounts: they are one choice.
    const isOpen = ["LOGGED", "QUERIED"].includes(row.now.status);
    const picks = differing.map((field) => pick(field, row.facts, theirs, all, recipient));
    const own = row.kind === "ANSWER" ? [Object.assign(document.createElement("p"), { className: "card", textContent: `${word("yours")}: ${row.facts.words}` })] : [];
    show(draw("t-choose", {
      why: row.why, talk: row.now.steps?.length, fields: picks.length, mergeable: row.kind === "CORRECTION" && isOpen, sayable: row.kind === "ANSWER",
    }, { steps: phone.reading.stepItems(row.now.steps ?? []), fields: [...own, ...picks] }), options);
    page.querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); merge(row, theirs, differing); });
    on("say", () => again(row.key, { based_on: row.now.turn }));
    on("aside", () => again(row.key, { set_aside: true }));
  }

  function pick(field, mine, theirs, all, recipient) {
    const piece = draw("t-pick", { name: word("f-" + field), mine: shown(field, mine, all, recipient), theirs: shown(field, theirs, all, recipient) });
    for (const input of piece.querySelectorAll("input")) { input.name = "pick-" + field; input.required = true; }
    return piece;
  }

  async function merge(row, theirs, differing) {
    const facts = { ...row.facts };
    for (const field of differing) {
      const chosen = page.querySelector(`input[name="pick-${field}"]:checked`);
      if (!chosen) { page.querySelector(`input[name="pick-${field}"]`).focus(); phone.drawing.tell(word("to-correct")); return; }
      if (chosen.value === "theirs") {
        facts[field] = theirs[field];
        if (field === "amount_minor") facts.currency = theirs.currency;
      }
    }
    await again(row.key, { facts, own: row.own ?? row.facts, based_on: row.now.turn });
  }

  async function again(key, values) {
    await store.change(key, (row) => { Object.assign(row, values, { state: "waiting", why: "", now: null }); });
    location.hash = "#/outbox";
    await phone.told();
    phone.sending.flush();
  }

  phone.choosing = { choose };
})();
