"use strict";
// The pages to read: what is expected, money, records, statement, plan card, outbox. All from what is on the phone.
(() => {
  const { store, word, amount, day, when, digits, name } = phone;
  const { draw, show, on, page } = phone.drawing;
  const TAGS = { LOGGED: "wait", QUERIED: "ask", ACCEPTED: "good", REFUSED: "bad" };
  const STATE_TAGS = { draft: "", waiting: "wait", sending: "wait", received: "good", attention: "bad" };

  const work = async () => (await store.state("work")) ?? { recipients: [], categories: [], not_eligible: [] };
  const fresh = async () => { const at = await store.state("fresh_at"); return at ? word("as-of", { when: when(at) }) : ""; };
  const recipientOf = (all, id) => all.recipients.find((one) => one.id === Number(id));
  const categoryOf = (all, id) => [...all.categories, ...all.not_eligible].find((one) => one.id === Number(id));
  const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);
  const about = (rows, kind, target) => rows.find((row) => row.state !== "received" && row.kind === kind && row.target === target);

  function stateOf(row) {
    if (row.state === "sending") return `${word("sending")} ${digits(row.percent ?? 0)} %`;
    return word({ draft: "draft", waiting: "on-phone" }[row.state] ?? row.state);
  }

  // --- What is expected -----------------------------------------------------------------------------------------------

  function questions(recipient, rows) {
    const asked = [...recipient.records.map((one) => ["spending", one]), ...recipient.trainings.map((one) => ["training", one])];
    return asked.filter(([about_, one]) => one.status === "QUERIED" && !rows.some((row) => row.kind === "ANSWER" && row.about === about_ && row.target === one.id && row.based_on >= one.turn))
      .map(([about_, one]) => ({
        order: 1, kind: "question", title: word("asks-about", { reference: one.reference }), href: `#/record/${about_}/${one.id}`, button: word("answer"),
        detail: `${name(recipient)} · ${about_ === "spending" ? `${amount(one.amount_minor, one.currency)} · ${one.payee}` : one.topic}`,
      }));
  }

  const payments = (recipient, rows) =>
    recipient.payments.filter((one) => !one.arrived && !rows.some((row) => row.kind === "PAYMENT" && row.target === one.id && row.state !== "attention")).map((one) => ({
      order: 2, kind: "payment", title: word("did-arrive", { amount: amount(one.amount_minor, one.currency) }), detail: `${name(recipient)} · ${one.description} · ${one.reference}`,
      due: word("paid-on", { day: day(one.paid_on) }), on: one.paid_on, href: `#/payment/${recipient.id}/${one.id}`, button: word("confirm-arrived"),
    }));

  const advances = (recipient) =>
    recipient.advances.filter((one) => one.account_by).map((one) => {
      const late = one.account_by < phone.today();
      return {
        order: late ? 0 : 3, late, kind: late ? "late" : "advance", title: word("account-for", { amount: amount(one.left_minor, one.currency) }), on: one.account_by,
        detail: `${name(recipient)} · ${one.description} · ${one.reference}`, due: word(late ? "was-due" : "until", { day: day(one.account_by) }),
        href: `#/new/spending/${recipient.id}/${one.id}`, button: word("log-spending"),
      };
    });

  // Payments to other communities that the office sends this person to ask about.
  const checks = (all) =>
    (all.checks ?? []).map((one) => ({
      order: 4, kind: "question", title: word("ask-village", { name: name(one) }), detail: one.description, on: one.paid_on,
      due: word("paid-on", { day: day(one.paid_on) }), href: `#/check/${one.id}`, button: word("whom-to-ask"),
    }));

  function expected(all, rows) {
    const found = [...all.recipients.flatMap((one) => [...questions(one, rows), ...payments(one, rows), ...advances(one)]), ...checks(all)];
    return found.sort((one, two) => one.order - two.order || (one.on ?? "").localeCompare(two.on ?? ""));
  }

  // --- First page -----------------------------------------------------------------------------------------------------

  function moneyLine(line, rows, all) {
    const mine = rows.filter((row) => row.kind === "SPENDING" && row.state !== "received" && row.facts?.currency === line.currency && categoryOf(all, row.facts.category)?.purpose === line.purpose);
    const shown = (minor) => amount(minor, line.currency);
    const here = sum(mine, (row) => row.facts.amount_minor - (row.facts.other_minor ?? 0));
    return draw("t-money", {
      purpose: word(line.purpose), left: shown(line.left), advanced: shown(line.advanced), spent: shown(line.spent), waiting: shown(line.waiting),
      given_back: line.given_back ? shown(line.given_back) : "", not_funded: line.not_funded ? shown(line.not_funded) : "",
      to_repay: line.to_repay ? shown(line.to_repay) : "",
      here: here ? word("unsent-here", { amount: shown(here) }) : "",
    });
  }

  const recipientPart = (one, rows, all) =>
    draw("t-recipient", {
      name: name(one), place: one.province, penniless: !one.money.length, spend: `#/new/spending/${one.id}`, train: `#/new/training/${one.id}`,
      records: `#/for/${one.id}`, statement: `#/statement/${one.id}`, card: `#/card/${one.id}`, plan: one.plan ? `#/plan/${one.id}` : "",
    }, { money: one.money.map((line) => moneyLine(line, rows.filter((row) => row.recipient === one.id), all)) });

  async function home(options) {
    const all = await work(), rows = await store.records();
    const tasks = expected(all, rows);
    const values = {
      fresh: await fresh(), nobody: !all.recipients.length && !all.checks?.length,
      expected: tasks.length > 1 ? word("things-to-do", { number: digits(tasks.length) }) : word(tasks.length ? "one-thing" : "nothing-to-do"),
    };
    show(draw("t-home", values, {
      quick: all.recipients.slice(0, 3).map((one) => draw("t-quick", { href: `#/new/spending/${one.id}`, name: name(one) })),
      tasks: tasks.map((one) => draw("t-task", one)),
      recipients: all.recipients.map((one) => recipientPart(one, rows, all)),
    }), options);
  }

  // --- Records --------------------------------------------------------------------------------------------------------

  const statusRow = (href, one, title, what, on_) =>
    draw("t-row", { href, title, what, tag: TAGS[one.status], status: word(one.status), label: `${day(on_)} · ${one.reference}` });

  const hereRow = (row, all) => draw("t-row", { href: rowHref(row), title: titleOf(row), what: whatOf(row, all), tag: STATE_TAGS[row.state] || "wait", status: stateOf(row), label: when(row.made_at) });

  const rowHref = (row) => (row.state === "draft" ? `#/draft/${row.key}` : "#/outbox");
  const orEmpty = (rows) => (rows.length ? rows : [draw("t-empty", { words: word("nothing-here") })]);

  async function records(id, options) {
    const all = await work(), one = recipientOf(all, id);
    if (!one) return home(options);
    const here = (await store.unsent()).filter((row) => row.recipient === one.id);
    show(draw("t-records", { name: name(one) }, {
      here: here.map((row) => hereRow(row, all)),
      spending: orEmpty(one.records.map((row) => statusRow(`#/record/spending/${row.id}`, row, amount(row.amount_minor, row.currency), `${row.payee} · ${row.description}`, row.spent_on))),
      trainings: orEmpty(one.trainings.map((row) => statusRow(`#/record/training/${row.id}`, row, row.topic, word("people", { women: digits(row.women), men: digits(row.men) }), row.first_day))),
    }), options);
  }

  function find(all, about_, id) {
    for (const recipient of all.recipients) {
      const row = (about_ === "spending" ? recipient.records : recipient.trainings).find((one) => one.id === Number(id));
      if (row) return { recipient, row };
    }
    return {};
  }

  const stepItems = (steps) => steps.map((one) => draw("t-step", {
    side: one.status === "LOGGED" ? "ours" : "theirs", words: one.words,
    who: [one.status === "LOGGED" ? word("answer") : word(one.status), one.by, day(one.at)].join(" · "),
  }));

  function people(row) {
    const parts = [word("people", { women: digits(row.women), men: digits(row.men) })];
    if (row.youth) parts.push(word("young", { number: digits(row.youth) }));
    if (row.indigenous) parts.push(word("indigenous", { number: digits(row.indigenous) }));
    if (row.poor_households) parts.push(word("poor", { number: digits(row.poor_households) }));
    return parts.join(", ");
  }

  const facts = (pairs) => pairs.filter(([, value]) => value).map(([label, value]) => draw("t-fact", { name: label, value }));

  async function record(about_, id, options) {
    const all = await work(), { recipient, row } = find(all, about_, id);
    if (!row) return home(options);
    const rows = await store.records();
    const mine = ["ANSWER", "CORRECTION"].map((kind) => about(rows, kind, row.id)).find((one) => one && (one.about ?? "spending") === about_);
    const isOpen = row.status === "LOGGED" || row.status === "QUERIED";
    const values = {
      back: `#/for/${recipient.id}`, title: about_ === "spending" ? amount(row.amount_minor, row.currency) : row.topic, tag: TAGS[row.status], status: word(row.status),
      talk: row.steps.length, asked: row.status === "QUERIED" && !mine, words: row.status !== "QUERIED" && !mine, correctable: about_ === "spending" && isOpen && !mine,
      answer: `#/answer/${about_}/${row.id}`, correct: `#/correct/${row.id}`, pending: mine ? `${word("kind-" + mine.kind)}: ${stateOf(mine)}` : "",
    };
    const shown = about_ === "spending"
      ? [[word("f-spent_on"), day(row.spent_on)], [word("f-category"), name(categoryOf(all, row.category))], [word("f-payee"), row.payee],
         [word("f-description"), row.description], [word("f-other_minor"), row.other_minor && amount(row.other_minor, row.currency)], [word("f-people"), people(row)]]
      : [[word("f-first_day"), day(row.first_day)], [word("f-took-part"), people(row)], [word("f-trainer"), row.trainer]];
    shown.push([word("f-photos"), row.photos ? digits(row.photos) : word("no-photo")], [word("f-by"), row.by]);
    show(draw("t-record", values, { steps: stepItems(row.steps), facts: facts([[word("f-number"), row.reference], [word("f-for"), name(recipient)], ...shown]) }), options);
  }

  // --- Statement and plan card ------------------------------------------------------------------------------------------

  const sums = (lines, label) => lines.map((one) => draw("t-sum", { name: label(one.what), value: amount(one.amount_minor, one.currency) }));

  async function statement(id, options) {
    const all = await work(), one = recipientOf(all, id);
    if (!one) return home(options);
    show(draw("t-statement", { name: name(one), fresh: await fresh(), payments: one.payments.length }, {
      all: one.money.map((line) => draw("t-all", {
        purpose: word(line.purpose), advanced: amount(line.advanced, line.currency), spent: amount(line.spent, line.currency), waiting: amount(line.waiting, line.currency), left: amount(line.left, line.currency),
      })),
      years: one.years.map((year) => draw("t-year", { year: word("year", { year: digits(year.year) }), came: year.came.length, used: year.used.length }, { came: sums(year.came, word), used: sums(year.used, (what) => name(categoryOf(all, what))) })),
      payments: one.payments.map((row) => draw("t-paid", { amount: amount(row.amount_minor, row.currency), day: day(row.paid_on), what: `${row.description} · ${row.reference}`, arrived: row.arrived, open: !row.arrived, href: `#/payment/${one.id}/${row.id}` })),
    }), options);
  }

  async function card(id, options) {
    const kept = await store.card(Number(id));
    const words = document.createElement("p");
    words.className = "card";
    words.textContent = word("card-not-here");
    const parts = [words];
    if (kept) {
      // Our own page, kept as it was: parsed, so that nothing in it runs.
      const found = new DOMParser().parseFromString(kept.html, "text/html").querySelector("article.plan-card");
      if (found) parts.splice(0, 1, document.importNode(found, true));
    }
    show(draw("t-card", { fresh: kept ? word("as-of", { when: when(kept.at) }) : "" }, { card: parts }), options);
  }

  // --- Village plan and consent, and whom to ask: read here, written down with a signal ------------------------------------

  const CONSENTS = { GIVEN: "good", REFUSED: "bad", WITHDRAWN: "bad" };

  async function plan(id, options) {
    const all = await work(), one = recipientOf(all, id);
    if (!one) return home(options);
    const lines = one.activities ?? [];
    const years = [...new Set(lines.map((line) => line.year))].sort((first, second) => second - first);
    const said = (one.consents ?? []).map((row) => draw("t-said", { plan: row.plan, tag: CONSENTS[row.kind], kind: word("consent-" + row.kind), when: [day(row.on), row.by].filter(Boolean).join(" · ") }));
    show(draw("t-plan", { name: name(one), fresh: await fresh(), planless: !lines.length, form: one.plan }, {
      years: years.map((year) => draw("t-plan-year", { year: word("year", { year: digits(year) }) }, {
        lines: lines.filter((line) => line.year === year).map((line) => draw("t-sum", { name: line.name, value: amount(line.amount_minor, line.currency) })),
      })),
      said: said.length ? said : orEmpty([]),
    }), options);
  }

  async function check(id, options) {
    const all = await work(), one = (all.checks ?? []).find((row) => row.id === Number(id));
    if (!one) return home(options);
    show(draw("t-check", { name: name(one), place: one.province, what: one.description, paid: word("paid-on", { day: day(one.paid_on) }), form: one.form }), options);
  }

  // --- Outbox -----------------------------------------------------------------------------------------------------------

  function titleOf(row) {
    const typed = row.facts ?? {};
    if (row.kind === "SPENDING" || row.kind === "CORRECTION") {
      const value = typed.amount_minor ? amount(typed.amount_minor, typed.currency) : row.typed?.amount ?? "";
      return [word("kind-" + row.kind), value].filter(Boolean).join(" · ");
    }
    if (row.kind === "PAYMENT" && typed.local_minor) return `${word("kind-PAYMENT")} · ${amount(typed.local_minor, typed.local_currency)}`;
    return word("kind-" + row.kind);
  }

  function whatOf(row, all) {
    const parts = [name(recipientOf(all, row.recipient)), row.typed?.payee ?? row.typed?.topic ?? row.typed?.words ?? row.typed?.signed_by];
    if (row.about_reference) parts.push(word("about", { reference: row.about_reference }));
    parts.push(row.photos.length ? word(row.photos.length > 1 ? "photos" : "one-photo", { number: digits(row.photos.length) }) : "");
    return parts.filter(Boolean).join(" · ");
  }

  function outRow(row, all) {
    const received = row.state === "received";
    const both = row.state === "attention" && row.now;
    const label = received ? word(row.set_aside ? "set-aside-as" : "received-as", { reference: row.reference, when: when(row.arrived_at) }) : when(row.made_at);
    const piece = draw("t-out", {
      state: row.state, title: titleOf(row), status: stateOf(row), tag: STATE_TAGS[row.state], what: whatOf(row, all), percent: row.state === "sending" ? row.percent || 1 : 0, label,
      why: row.state === "attention" ? row.why : "", open: row.state === "draft" || (row.state === "attention" && !both), href: `#/draft/${row.key}`,
      choose: both ? `#/choose/${row.key}` : "", again: row.state === "attention" && !both, clear: received,
    });
    piece.firstElementChild.dataset.key = row.key;
    return piece;
  }

  async function outbox(options) {
    const all = await work(), rows = (await store.records()).reverse();
    const unsent = rows.filter((row) => row.state === "waiting" || row.state === "sending");
    const order = { attention: 0, sending: 1, waiting: 1, draft: 2, received: 3 };
    rows.sort((one, two) => order[one.state] - order[two.state]);
    const trouble = { cut: "cut", "sign-in": "", "other-person": "" }[phone.trouble];
    const state = !rows.length ? "" : !unsent.length ? (rows.every((row) => row.state === "received") ? word("all-sent") : "") : !navigator.onLine ? word("now-offline") : trouble ? word(trouble) : "";
    show(draw("t-outbox", { state, unsent: unsent.length, empty: !rows.length }, { rows: rows.map((row) => outRow(row, all)) }), options);
    const keyOf = (node) => node.closest("[data-key]").dataset.key;
    on("send", () => phone.sending.flush());
    on("clear", async (node) => { await store.remove(keyOf(node)); outbox({ again: true }); });
    on("again", async (node) => { await store.change(keyOf(node), (row) => { row.state = "waiting"; row.why = ""; }); await phone.told(); phone.sending.flush(); });
  }

  phone.reading = { home, records, record, statement, card, plan, check, outbox, work, fresh, find, recipientOf, categoryOf, stepItems, about, titleOf, page };
})();
