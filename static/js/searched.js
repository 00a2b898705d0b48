// A list of many rows, found by typing: `select[data-searched]` becomes the combobox of ./picker.js. What is sent is the list's
// own value, so the server knows no difference; without scripts, and while the list is short, it stays a list.
import { Picker } from "./picker.js";

const SHORT = 12;
const SHOWN = 50;

class Searched extends Picker {
  constructor(box, list) {
    super(box);
    this.all = [...list.options].filter((option) => option.value);
    this.say(list.multiple ? "" : (list.selectedOptions[0]?.value && list.selectedOptions[0].text) || "");
    if (list.multiple) this.draw();
  }

  async answer(question) {
    const wanted = question.toLowerCase();
    const fits = (option) => `${option.text} ${option.dataset.note ?? ""}`.toLowerCase().includes(wanted);
    const found = this.all.filter((option) => !(this.value.multiple && option.selected) && (!wanted || fits(option)));
    return found.slice(0, SHOWN).map((option) => ({ id: option.value, label: option.text, note: option.dataset.note }));
  }

  forget() {
    if (!this.value.multiple) return super.forget();
    this.clearButton.hidden = !this.input.value;
  }

  take(option) {
    if (!this.value.multiple) return super.take(option);
    this.choice(this.options[option.dataset.at].id).selected = true;
    this.say("");
    this.close();
    this.draw();
  }

  choice(id) {
    return this.all.find((option) => option.value === id);
  }

  // Those chosen, each with the button that takes them out again.
  draw() {
    this.chosen ??= this.box.appendChild(Object.assign(document.createElement("div"), { className: "chips searched-chosen" }));
    this.chosen.replaceChildren(
      ...this.all.filter((option) => option.selected).map((option) => {
        const chip = Object.assign(document.createElement("button"), { type: "button", className: "chip" });
        chip.setAttribute("aria-label", `${this.value.dataset.remove} ${option.text}`);
        chip.append(option.text, sign("x"));
        chip.addEventListener("click", () => {
          option.selected = false;
          this.draw();
          this.input.focus();
        });
        return chip;
      }),
    );
  }
}

function sign(name) {
  const icon = document.createElement("i");
  icon.className = `ti ti-${name}`;
  icon.setAttribute("aria-hidden", "true");
  return icon;
}

function made(tag, facts, attributes = {}) {
  const element = Object.assign(document.createElement(tag), facts);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  return element;
}

function search(list) {
  const says = list.dataset;
  const label = list.labels[0];
  const box = made("div", { className: "picker" });
  Object.assign(box.dataset, { none: says.none, found: says.found });
  const input = made(
    "input",
    { type: "text", id: `${list.id}_text`, className: "form-control", autocomplete: "off", spellcheck: false, placeholder: says.placeholder },
    { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-haspopup": "listbox", "aria-controls": `${list.id}_list` },
  );
  for (const name of ["aria-describedby", "aria-invalid"]) {
    if (list.hasAttribute(name)) input.setAttribute(name, list.getAttribute(name));
  }
  input.classList.toggle("is-invalid", list.classList.contains("is-invalid"));
  const clear = made("button", { type: "button", className: "icon-button picker-clear" }, { "data-picker-clear": "", "aria-label": says.clear });
  clear.append(sign("x"));
  const found = made("div", { id: `${list.id}_list`, className: "picker-list", hidden: true }, { role: "listbox", "aria-label": label?.textContent.trim() ?? "" });
  const inner = made("div", { className: "picker-box" });
  const glass = sign("search");
  glass.classList.add("picker-icon");
  inner.append(glass, input, clear, found);
  list.before(box);
  box.append(list, inner, made("span", { className: "visually-hidden" }, { role: "status", "data-picker-status": "" }));
  list.hidden = true;
  // The field to type in is the one that is asked for now: a hidden list cannot be told that it is empty.
  list.required = false;
  if (label) label.htmlFor = input.id;
  box.picker = new Searched(box, list);
}

export function startSearched(root = document) {
  root.querySelectorAll("select[data-searched]").forEach((list) => {
    if (list.options.length > SHORT && !list.closest(".picker")) search(list);
  });
}
