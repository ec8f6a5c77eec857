"use strict";
// Photos: time and place are read first, then the picture is made small enough for a slow line, then it is hashed.
(() => {
  const SIZES = [[1600, 0.8], [1600, 0.65], [1280, 0.6], [1024, 0.55]];
  const ENOUGH = 400_000; // bytes: a receipt is readable, half a minute on a slow line
  const HEAD = 256 * 1024; // where a camera writes what it knows

  const ascii = (view, at, length) => String.fromCharCode(...new Uint8Array(view.buffer, view.byteOffset + at, length)).replace(/\0.*$/s, "");

  // The block of a JPEG that holds what the camera knows, as TIFF; null if there is none.
  function tiffOf(view) {
    if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return null;
    for (let at = 2; at + 4 < view.byteLength; ) {
      const marker = view.getUint16(at), length = view.getUint16(at + 2);
      if ((marker & 0xff00) !== 0xff00 || marker === 0xffda || length < 2) return null;
      if (marker === 0xffe1 && ascii(view, at + 4, 6) === "Exif") {
        const end = Math.min(at + 2 + length, view.byteLength);
        return new DataView(view.buffer, view.byteOffset + at + 10, end - at - 10);
      }
      at += 2 + length;
    }
    return null;
  }

  function entries(tiff, at, little) {
    const found = {};
    const count = tiff.getUint16(at, little);
    for (let i = 0; i < count; i += 1) {
      const entry = at + 2 + 12 * i;
      found[tiff.getUint16(entry, little)] = { type: tiff.getUint16(entry + 2, little), count: tiff.getUint32(entry + 4, little), at: entry + 8 };
    }
    return found;
  }

  const text = (tiff, one, little) => (one ? ascii(tiff, one.count > 4 ? tiff.getUint32(one.at, little) : one.at, one.count) : "");

  function degrees(tiff, one, reference, little) {
    if (!one || one.count !== 3) return null;
    const start = tiff.getUint32(one.at, little);
    const parts = [0, 8, 16].map((step) => tiff.getUint32(start + step, little) / tiff.getUint32(start + step + 4, little));
    const value = parts[0] + parts[1] / 60 + parts[2] / 3600;
    return Number.isFinite(value) ? (/[SW]/.test(reference) ? -value : value) : null;
  }

  function momentOf(written, offset) {
    const part = /^(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)/.exec(written);
    if (!part) return null;
    const [, year, month, date, hour, minute, second] = part;
    const zone = /^[+-]\d\d:\d\d$/.test(offset) ? offset : "";
    const moment = new Date(`${year}-${month}-${date}T${hour}:${minute}:${second}${zone}`);
    return Number.isNaN(moment.getTime()) || moment.getUTCFullYear() < 2000 ? null : moment.toISOString();
  }

  async function readFacts(file) {
    const facts = { taken_at: null, latitude: null, longitude: null };
    try {
      const tiff = tiffOf(new DataView(await file.slice(0, HEAD).arrayBuffer()));
      if (!tiff) return facts;
      const little = tiff.getUint16(0) === 0x4949;
      const main = entries(tiff, tiff.getUint32(4, little), little);
      if (main[0x8769]) {
        const camera = entries(tiff, tiff.getUint32(main[0x8769].at, little), little);
        facts.taken_at = momentOf(text(tiff, camera[0x9003] ?? camera[0x9004] ?? main[0x0132], little), text(tiff, camera[0x9011] ?? camera[0x9010], little));
      }
      if (main[0x8825]) {
        const place = entries(tiff, tiff.getUint32(main[0x8825].at, little), little);
        const latitude = degrees(tiff, place[2], text(tiff, place[1], little), little);
        const longitude = degrees(tiff, place[4], text(tiff, place[3], little), little);
        const isPlace = latitude !== null && longitude !== null && Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
        if (isPlace && (latitude || longitude)) Object.assign(facts, { latitude: Number(latitude.toFixed(6)), longitude: Number(longitude.toFixed(6)) });
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // cut off or written wrongly: what was read so far stands
    }
    return facts;
  }

  async function shrink(file) {
    const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
    let small = null;
    for (const [side, quality] of SIZES) {
      const scale = Math.min(1, side / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#ffffff"; // where a picture is see-through, paper is white
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      small = await new Promise((done) => canvas.toBlob(done, "image/jpeg", quality));
      if (small && small.size <= ENOUGH) break;
    }
    picture.close();
    if (!small) throw new Error("no picture");
    return small.arrayBuffer();
  }

  async function sha256(data) {
    const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", data));
    return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Facts to be sent, and the bytes that are hashed and sent. Throws where the file is no picture the phone can open.
  async function prepare(file) {
    const facts = await readFacts(file);
    const data = await shrink(file);
    return { facts: { ...facts, sha256: await sha256(data), size: data.byteLength, original_size: file.size }, data };
  }

  phone.photo = { readFacts, shrink, sha256, prepare };
})();
