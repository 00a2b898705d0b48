// The service worker, served at /sw.js with the whole site as its scope.
//
// Static files are kept and renewed in the background. A page that was read is never kept: pages hold other people's
// figures, and a phone is handed on. Only pages that say so themselves by the header `Service-Worker-Keep: yes` – the
// forms a rep fills without a network – are kept, in a store of their own that signing out empties.
const SHELL = "shell-5";
const KEPT_PAGES = "pages-1";
const OFFLINE = "/offline/";
const BASICS = [
  OFFLINE,
  "/static/css/tokens.css",
  "/static/css/shell.css",
  "/static/css/outer.css",
  "/static/css/components.css",
  "/static/css/dialogs.css",
  "/static/css/data.css",
  "/static/css/people.css",
  "/static/css/field.css",
  "/static/css/waiting.css",
  "/static/js/theme.js",
  "/static/js/app.js",
  "/static/js/requests.js",
  "/static/js/confirm.js",
  "/static/js/deal.js",
  "/static/js/fields.js",
  "/static/js/forms.js",
  "/static/js/install.js",
  "/static/js/kept.js",
  "/static/js/notices.js",
  "/static/js/offline.js",
  "/static/js/palette.js",
  "/static/js/picker.js",
  "/static/js/shell.js",
  "/static/js/words.js",
  "/static/icons/icon.svg",
  "/static/vendor/tabler/css/tabler.min.css",
  "/static/vendor/tabler/js/tabler.min.js",
  "/static/vendor/tabler-icons/tabler-icons.min.css",
  "/static/vendor/htmx/htmx.min.js",
  "/static/vendor/idb/index.js",
];

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches.open(SHELL).then((cache) => Promise.allSettled(BASICS.map((path) => cache.add(path)))).then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => ![SHELL, KEPT_PAGES].includes(name)).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "forget") event.waitUntil(caches.delete(KEPT_PAGES));
  if (event.data?.keep) event.waitUntil(Promise.allSettled(event.data.keep.map(keep)));
});

// Before the network goes: fetch a page that may be kept, although nobody has opened it yet.
async function keep(path) {
  const answer = await fetch(path, { credentials: "same-origin" });
  if (!answer.ok || answer.redirected || answer.headers.get("Service-Worker-Keep") !== "yes") return;
  const cache = await caches.open(KEPT_PAGES);
  await cache.put(path, answer);
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (request.method === "POST" && url.pathname.endsWith("/logout/")) event.waitUntil(caches.delete(KEPT_PAGES));
  if (request.method !== "GET") return;
  if (url.pathname.startsWith("/static/")) event.respondWith(fromStore(event));
  else if (request.mode === "navigate") event.respondWith(fromNetwork(event));
});

// Static: what is kept at once, renewed behind the back for the next time.
async function fromStore(event) {
  const cache = await caches.open(SHELL);
  const kept = await cache.match(event.request);
  const fresh = fetch(event.request).then((answer) => {
    if (answer.ok) cache.put(event.request, answer.clone());
    return answer;
  });
  if (!kept) return fresh;
  event.waitUntil(fresh.catch(() => undefined));
  return kept;
}

async function fromNetwork(event) {
  try {
    const answer = await fetch(event.request);
    if (answer.ok && answer.headers.get("Service-Worker-Keep") === "yes") {
      const cache = await caches.open(KEPT_PAGES);
      event.waitUntil(cache.put(event.request, answer.clone()));
    }
    return answer;
  } catch {
    const pages = await caches.open(KEPT_PAGES);
    const shell = await caches.open(SHELL);
    return (await pages.match(event.request, { ignoreSearch: true })) ?? (await shell.match(OFFLINE)) ?? Response.error();
  }
}
