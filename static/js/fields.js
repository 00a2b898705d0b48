// Fields of forms for one thumb: presets that fill a field, the position when asked for, a fresh reference for each form.
import { startPickers } from "./picker.js";
import { words } from "./words.js";

export function newRef() {
  if (crypto.randomUUID) return crypto.randomUUID();
  // Outside https the browser has no randomUUID; the same sixteen random bytes by hand.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// A page that the phone keeps serves many forms: each needs a reference of its own. Other pages come with a fresh one,
// and keep it when somebody comes back to them, so that sending again makes no second row.
function renewRefs() {
  document.querySelectorAll("form[data-offline] input[name=client_ref]").forEach((field) => (field.value = newRef()));
}

function fill(button) {
  const field = document.getElementById(button.dataset.fill);
  field.value = field.value === button.dataset.fillValue ? "" : button.dataset.fillValue;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

function showPressed(field) {
  document.querySelectorAll(`[data-fill="${field.id}"]`).forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.fillValue === field.value));
  });
}

// The position is asked for by its own button, never by the way; a refusal is said and the form goes on without.
function locate(button) {
  const box = button.closest("[data-position]");
  const say = (text, isGood) => {
    const status = box.querySelector("[data-position-status]");
    status.textContent = text;
    status.classList.toggle("is-negative", isGood === false);
  };
  if (!navigator.geolocation) {
    say(box.dataset.unsupported, false);
    return;
  }
  button.disabled = true;
  say(words.loading);
  navigator.geolocation.getCurrentPosition(
    ({ coords }) => {
      button.disabled = false;
      button.form.elements.latitude.value = coords.latitude.toFixed(6);
      button.form.elements.longitude.value = coords.longitude.toFixed(6);
      say(box.dataset.done.replace("%s", Math.round(coords.accuracy)), true);
    },
    (error) => {
      button.disabled = false;
      say(error.code === error.PERMISSION_DENIED ? box.dataset.denied : box.dataset.failed, false);
    },
    { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
  );
}

// What is wrong must be seen: a fold that hides it opens.
export function openFaulty(root = document) {
  root.querySelectorAll("details").forEach((fold) => {
    if (fold.querySelector(".is-invalid, .invalid-feedback")) fold.open = true;
  });
}

export function startFields() {
  startPickers();
  renewRefs();
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-fill],[data-locate]");
    if (!button) return;
    if ("fill" in button.dataset) fill(button);
    else locate(button);
  });
  document.addEventListener("input", (event) => event.target.id && showPressed(event.target));
  // A customer who is not there yet needs a phone number; one who is there does not.
  document.addEventListener("picker:taken", (event) => {
    if (event.target.dataset.new) event.target.closest("form").classList.toggle("has-new-customer", event.detail.isNew);
  });
  document.querySelectorAll("input[name=new_customer]").forEach((field) => field.value && field.form.classList.add("has-new-customer"));
  openFaulty();
  addEventListener("pageshow", (event) => event.persisted && renewRefs());
}

startFields();
