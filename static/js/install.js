// Registers the service worker and lets it forget at sign-out.
export function startInstall() {
  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  addEventListener("load", () => navigator.serviceWorker.register("/sw.js").catch(() => undefined));
  document.addEventListener("submit", (event) => {
    if ("signOut" in event.target.dataset) navigator.serviceWorker.controller?.postMessage("forget");
  });
}
