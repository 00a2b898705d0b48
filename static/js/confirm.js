// data-confirm="What will happen." on a form or a submit button (optional data-confirm-title, data-confirm-yes) asks first.
import { openDialog } from "./shell.js";

export function ask({ text, title, yes }) {
  const dialog = document.getElementById("confirm");
  const heading = dialog.querySelector("#confirm-title");
  const button = dialog.querySelector("[data-confirm-yes]");
  heading.textContent = title || heading.dataset.fallback;
  dialog.querySelector("#confirm-text").textContent = text;
  button.textContent = yes || button.dataset.fallback;
  dialog.returnValue = "";
  return new Promise((resolve) => {
    const agree = () => dialog.close("yes");
    button.addEventListener("click", agree);
    dialog.addEventListener(
      "close",
      () => {
        button.removeEventListener("click", agree);
        resolve(dialog.returnValue === "yes");
      },
      { once: true },
    );
    openDialog(dialog);
    dialog.querySelector("[data-dialog-close]").focus(); // the harmless button first
  });
}

function question(element) {
  return { text: element.dataset.confirm, title: element.dataset.confirmTitle, yes: element.dataset.confirmYes };
}

export function startConfirm() {
  document.addEventListener(
    "submit",
    async (event) => {
      const form = event.target;
      const asks = event.submitter?.dataset.confirm ? event.submitter : form.dataset.confirm ? form : null;
      if (!asks || form.dataset.confirmed) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      if (await ask(question(asks))) {
        form.dataset.confirmed = "yes";
        form.requestSubmit(event.submitter ?? undefined);
        delete form.dataset.confirmed;
      }
    },
    true,
  );
  // htmx buttons outside a form: hx-post + data-confirm.
  document.addEventListener("htmx:confirm", async (event) => {
    const element = event.detail.elt;
    if (!element.dataset.confirm || element.matches("form") || element.form) return;
    event.preventDefault();
    if (await ask(question(element))) event.detail.issueRequest(true);
  });
}
