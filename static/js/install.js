// Registers the service worker; at sign-out it forgets what it kept, and so does the phone's copy of customers and products.
// What still waits to be sent stays: it belongs to its member and is sent when they are back.
export function startInstall() {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => undefined));
  document.addEventListener("submit", (event) => {
    if (!("signOut" in event.target.dataset)) return;
    navigator.serviceWorker.controller?.postMessage("forget");
    forgetLists();
  });
}

async function forgetLists() {
  sessionStorage.clear();
  // Opening a database that is not there would make an empty one.
  const there = (await indexedDB.databases?.()) ?? [];
  if (!there.some(({ name }) => name === "field")) return;
  const request = indexedDB.open("field");
  request.onsuccess = () => {
    const db = request.result;
    if (db.objectStoreNames.contains("lists")) db.transaction("lists", "readwrite").objectStore("lists").clear();
    db.close();
  };
}
