// htmx in this product: the CSRF header, the bar while it takes long, what to say when a request fails.
import { toast } from "./notices.js";
import { words } from "./words.js";

export function csrfToken() {
  // The cookie is newer than the page after signing in again in another tab; the meta tag serves where it is hidden.
  const cookie = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
  return cookie ? decodeURIComponent(cookie[1]) : document.querySelector("meta[name=csrf-token]")?.content;
}

export function startHtmx() {
  let running = 0;
  const bar = document.createElement("div");
  bar.className = "page-loading";
  bar.hidden = true;
  document.body.append(bar);

  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = csrfToken();
  });
  document.addEventListener("htmx:beforeRequest", () => {
    running += 1;
    // Only what takes a while is worth showing.
    setTimeout(() => (bar.hidden = running === 0), 300);
  });
  document.addEventListener("htmx:afterRequest", () => {
    running = Math.max(0, running - 1);
    bar.hidden = running === 0;
  });
  document.addEventListener("htmx:sendError", () => toast({ text: words.offline, level: "error" }));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    toast({ text: status === 403 ? words.forbidden : status === 429 ? words.tooMany : words.failed, level: "error" });
  });
}
