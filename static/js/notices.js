// Messages and toasts share one polite region; an htmx answer adds one with HX-Trigger: {"toast": {"text": "…", "level": "success"}}.
import { words } from "./words.js";

const ICONS = { success: "circle-check", error: "alert-circle", warning: "alert-triangle", info: "info-circle" };

export function toast({ text, level = "success" }) {
  const region = document.getElementById("messages");
  if (!region) return;
  region.classList.add("is-toasts");
  const notice = document.createElement("div");
  notice.className = `notice is-${level}`;
  notice.dataset.notice = "";
  const icon = document.createElement("i");
  icon.className = `ti ti-${ICONS[level] ?? ICONS.info}`;
  icon.setAttribute("aria-hidden", "true");
  const say = document.createElement("span");
  say.className = "notice-text";
  say.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "icon-button";
  close.dataset.noticeClose = "";
  close.setAttribute("aria-label", words.close);
  close.innerHTML = '<i class="ti ti-x" aria-hidden="true"></i>';
  notice.append(icon, say, close);
  region.append(notice);
  if (level === "success" || level === "info") setTimeout(() => notice.remove(), 6000);
}

export function startNotices() {
  document.addEventListener("click", (event) => {
    event.target.closest?.("[data-notice-close]")?.closest("[data-notice]").remove();
  });
  document.body.addEventListener("toast", (event) => toast(event.detail));
}
