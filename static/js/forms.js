// Forms everywhere: a double press sends once, an invalid field is shown, filters send themselves, files can be dropped.
export function startForms() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "dialog" || form.matches("[hx-get],[hx-post]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.method === "post") {
      form.dataset.sent = "yes";
      // After the browser has read the submitter's own name and value.
      setTimeout(() => lock(form, true));
    } else {
      dropEmptyFields(form);
    }
  });
  // Back from the next page: the form must work again.
  addEventListener("pageshow", (event) => {
    if (event.persisted) document.querySelectorAll("form[data-sent]").forEach((form) => lock(form, false));
  });
  // A file answer leaves the page where it is; its form opts out of the lock by data-download.
  document.addEventListener("submit", (event) => {
    if ("download" in event.target.dataset) setTimeout(() => lock(event.target, false), 3000);
  });
  document.addEventListener("htmx:beforeRequest", (event) => setBusy(event.detail.elt, true));
  document.addEventListener("htmx:afterRequest", (event) => setBusy(event.detail.elt, false));

  document.querySelectorAll("[data-filter-form]").forEach(sendFilterByItself);
  document.addEventListener("htmx:load", (event) => event.detail.elt.querySelectorAll?.("[data-filter-form]").forEach(sendFilterByItself));
  startDropzones();
  document.querySelector(".is-invalid, [aria-invalid=true]")?.focus({ preventScroll: false });
  document.addEventListener("click", fillSignIn);
  document.addEventListener("click", showPassword);
}

function lock(form, isSent) {
  if (!isSent) delete form.dataset.sent;
  form.querySelectorAll("button[type=submit], input[type=submit], button:not([type])").forEach((button) => {
    button.disabled = isSent;
    button.setAttribute("aria-busy", String(isSent));
  });
}

function setBusy(element, isBusy) {
  if (!element.matches?.("form, button")) return;
  if (element.matches("form[hx-get]")) return; // a filter stays usable while it loads
  const buttons = element.matches("form") ? element.querySelectorAll("button") : [element];
  buttons.forEach((button) => {
    button.disabled = isBusy;
    button.setAttribute("aria-busy", String(isBusy));
  });
}

function dropEmptyFields(form) {
  // Short addresses: a filter that says nothing is not in the URL.
  const empty = [...form.elements].filter((field) => field.name && !field.value && !field.disabled);
  empty.forEach((field) => (field.disabled = true));
  setTimeout(() => empty.forEach((field) => (field.disabled = false)));
}

function sendFilterByItself(form) {
  if (form.dataset.filterLive !== undefined) return;
  form.dataset.filterLive = "";
  if (form.matches("[hx-get]") || form.querySelector("[hx-get]")) return;
  form.addEventListener("change", (event) => {
    if (event.target.type !== "search" && event.target.type !== "text") form.requestSubmit();
  });
}

function startDropzones() {
  document.addEventListener("change", (event) => {
    const zone = event.target.closest?.("[data-dropzone]");
    const file = event.target.files?.[0];
    if (!zone || !file) return;
    zone.classList.add("has-file");
    zone.querySelector("[data-dropzone-file]").textContent = `${file.name} · ${Math.ceil(file.size / 1024).toLocaleString()} KB`;
  });
  for (const [type, isOver] of [["dragenter", true], ["dragleave", false], ["drop", false]]) {
    document.addEventListener(type, (event) => event.target.closest?.("[data-dropzone]")?.classList.toggle("is-over", isOver));
  }
}

function fillSignIn(event) {
  const button = event.target.closest?.("[data-sign-in]");
  if (!button) return;
  const form = document.querySelector("form[data-sign-in-form]");
  form.elements.login.value = button.dataset.signIn;
  form.elements.password.value = button.dataset.password;
  form.requestSubmit();
}

function showPassword(event) {
  const button = event.target.closest?.("[data-show-password]");
  if (!button) return;
  const field = document.getElementById(button.dataset.showPassword);
  const isShown = field.type === "password";
  field.type = isShown ? "text" : "password";
  button.setAttribute("aria-pressed", String(isShown));
}
