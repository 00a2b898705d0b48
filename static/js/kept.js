// What the phone keeps for when there is no network: the member's own customers and the products, in IndexedDB.
// Everything is kept per company and member (the page says whose by data-whose), and emptied at sign-out.
import { openDB } from "../vendor/idb/index.js";

const NAME = "field";
const LISTS = ["customers", "products"];

let opened;
export function database() {
  opened ??= openDB(NAME, 1, {
    upgrade(db) {
      db.createObjectStore("lists"); // `${whose}:${list}` → [{id, label, note, …}]
      db.createObjectStore("queue", { keyPath: "client_ref" }); // what waits to be sent
    },
  });
  return opened;
}

export function whose() {
  return document.querySelector("[data-whose]")?.dataset.whose ?? "";
}

export async function searchKept(list, question) {
  try {
    const rows = (await (await database()).get("lists", `${whose()}:${list}`)) ?? [];
    const wanted = question.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    return rows.filter((row) => wanted.every((word) => `${row.label} ${row.note}`.toLocaleLowerCase().includes(word))).slice(0, 20);
  } catch {
    return []; // a private window may have no IndexedDB
  }
}

// Renew the copies, at most every ten minutes; the addresses come from the page. Returns whether anything was fetched.
export async function renewKept(urls) {
  let isRenewed = false;
  try {
    const db = await database();
    for (const list of LISTS) {
      const key = `${whose()}:${list}`;
      const last = Number(sessionStorage.getItem(key) ?? 0);
      if (!urls[list] || Date.now() - last < 600_000) continue;
      const answer = await fetch(`${urls[list]}?keep=1`, { headers: { Accept: "application/json" } });
      if (!answer.ok || answer.redirected) continue;
      await db.put("lists", (await answer.json()).results, key);
      sessionStorage.setItem(key, String(Date.now()));
      isRenewed = true;
    }
  } catch {
    // No network, or no IndexedDB: what is kept stays as it is.
  }
  return isRenewed;
}
