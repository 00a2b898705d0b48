// The builder of contests: of what a form of contest does not ask for, nothing is shown and nothing sent.
const form = document.querySelector("[data-contest-form]");
const choice = form.elements.form;

function show() {
  form.querySelectorAll("[data-forms]").forEach((part) => {
    const isAsked = part.dataset.forms.split(" ").includes(choice.value);
    part.hidden = !isAsked;
    part.querySelectorAll("input, select, textarea").forEach((field) => (field.disabled = !isAsked));
  });
}

choice.addEventListener("change", show);
show();
