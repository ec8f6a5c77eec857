"use strict";
// What the pages say, in the language of the shell, and how amounts, digits and days are written and read.
globalThis.phone = {};
(() => {
  const said = {};
  for (const node of document.querySelectorAll("#words [data-word]")) said[node.dataset.word] = node.textContent;
  const KHMER = "០១២៣៤៥៦៧៨៩";
  const DECIMALS = { KHR: 0, USD: 2, EUR: 2, JPY: 0, KRW: 0 };
  const language = document.documentElement.lang;

  function word(name, values = {}) {
    return (said[name] ?? name).replace(/\{(\w+)\}/g, (_all, key) => values[key] ?? "");
  }

  // Chosen once for these pages and for those that need a signal.
  const showsKhmerDigits = () => (localStorage.getItem("field-digits") ?? /(?:^|; )digits=(\w+)/.exec(document.cookie)?.[1]) === "khmer";
  const latin = (text) => String(text).replace(/[០-៩]/g, (digit) => KHMER.indexOf(digit));
  const khmer = (text) => String(text).replace(/[0-9]/g, (digit) => KHMER[digit]);
  const digits = (text) => (showsKhmerDigits() ? khmer(text) : String(text));

  function plain(minor, currency) {
    const places = DECIMALS[currency] ?? 2;
    const text = String(Math.abs(minor)).padStart(places + 1, "0");
    const whole = text.slice(0, text.length - places).replace(/\B(?=(\d{3})+$)/g, ",");
    return (minor < 0 ? "-" : "") + whole + (places ? "." + text.slice(-places) : "");
  }

  function amount(minor, currency) {
    const text = digits(plain(minor, currency));
    return currency === "KHR" ? `${text}\u00a0៛` : currency === "USD" ? `$${text}` : `${currency} ${text}`;
  }

  // Whole minor units, or null where it is no amount of this currency: the same rule as on the server.
  function parseAmount(text, currency) {
    const places = DECIMALS[currency] ?? 2;
    const clean = latin(text).replace(/[\s\u00a0\u202f៛$]/g, "");
    if (!/^\d+(\.\d+)?$/.test(clean) && !/^\d{1,3}(,\d{3})+(\.\d+)?$/.test(clean)) return null;
    const [whole, rest = ""] = clean.replace(/,/g, "").split(".");
    if (rest.replace(/0+$/, "").length > places) return null;
    const minor = Number(whole + rest.slice(0, places).padEnd(places, "0"));
    return Number.isSafeInteger(minor) && minor <= 1e15 ? minor : null;
  }

  // Thousands as they are typed, in the digits that are typed; what is no number is left for the sentence that says so.
  function grouped(text) {
    const usesKhmer = /[០-៩]/.test(text);
    const clean = latin(text).replace(/[,\s\u00a0\u202f]/g, "");
    if (!/^\d+(\.\d*)?$/.test(clean)) return text;
    const [whole, rest] = clean.split(".");
    const found = whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest === undefined ? "" : "." + rest);
    return usesKhmer ? khmer(found) : found;
  }

  function parseCount(text) {
    const clean = latin(text ?? "").replace(/[\s,]/g, "");
    if (!clean) return 0;
    return /^\d{1,6}$/.test(clean) ? Number(clean) : null;
  }

  const hours = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Phnom_Penh" });
  const phnomPenh = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit", timeZone: "Asia/Phnom_Penh" });
  // Months in our own words: many a browser knows none in Khmer.
  function day(iso) {
    if (!iso) return "";
    const [year, month, date] = iso.slice(0, 10).split("-").map(Number);
    return digits(`${date} ${word("month-" + month)} ${year}`);
  }
  const dayOf = (moment) => phnomPenh.format(new Date(moment));
  const when = (moment) => `${day(dayOf(moment))}, ${digits(hours.format(new Date(moment)))}`;
  const today = () => dayOf(Date.now());
  const name = (row) => (row ? (language === "km" && row.name_km ? row.name_km : row.name) : "");
  const bytes = (size) => digits(size < 1e6 ? `${Math.max(1, Math.round(size / 1000))} kB` : `${(size / 1e6).toFixed(1)} MB`);

  Object.assign(phone, { word, language, latin, khmer, digits, showsKhmerDigits, plain, amount, parseAmount, grouped, parseCount, day, when, today, name, bytes });
})();
