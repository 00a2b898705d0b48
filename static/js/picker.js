// A reference found by typing: the combobox pattern. The server answers ?q= with {results: [{id, label, note}]};
// without a network the copy on the phone is searched (./kept.js). Enter or a press takes an option, Esc closes.
import { searchKept } from "./kept.js";

const WAIT = 200;

export class Picker {
  constructor(box) {
    this.box = box;
    this.value = box.querySelector("input[type=hidden], select");
    this.input = box.querySelector("[role=combobox]");
    this.list = box.querySelector("[role=listbox]");
    this.status = box.querySelector("[data-picker-status]");
    this.clearButton = box.querySelector("[data-picker-clear]");
    this.newField = box.dataset.new ? box.closest("form").elements[box.dataset.new] : null;
    this.asked = 0;
    this.at = -1;
    this.input.addEventListener("input", () => this.typed());
    this.input.addEventListener("focus", () => !this.value.value && this.ask(0));
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    // Pressed, not clicked: the click would come after the blur has closed the list.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.take(option);
    });
    this.clearButton.addEventListener("click", () => this.clear());
    box.classList.toggle("is-chosen", Boolean(this.value.value || this.newField?.value));
  }

  typed() {
    this.forget();
    clearTimeout(this.timer);
    // What is shown answers an older question: Enter must not take it.
    this.asked += 1;
    this.list.replaceChildren();
    this.close();
    this.timer = setTimeout(() => this.ask(), WAIT);
  }

  forget() {
    const hadValue = this.value.value || this.newField?.value;
    this.value.value = "";
    if (this.newField) this.newField.value = "";
    this.box.classList.remove("is-chosen");
    this.clearButton.hidden = !this.input.value;
    if (hadValue) this.tell(null);
  }

  // Show what the hidden fields already hold; an empty name clears them.
  say(label) {
    this.input.value = label;
    if (!label) this.forget();
    this.clearButton.hidden = !label;
    this.box.classList.toggle("is-chosen", Boolean(label));
  }

  clear() {
    this.input.value = "";
    this.forget();
    this.input.focus();
    this.ask();
  }

  async ask() {
    const question = this.input.value.trim();
    const turn = ++this.asked;
    const results = await this.answer(question);
    if (turn !== this.asked || document.activeElement !== this.input) return;
    this.show(results, question);
  }

  async answer(question) {
    try {
      const answer = await fetch(`${this.box.dataset.url}?q=${encodeURIComponent(question)}`, {
        headers: { Accept: "application/json" },
        signal: AbortSignal.timeout?.(4000),
      });
      if (!answer.ok || answer.redirected) throw new Error(answer.status);
      return (await answer.json()).results;
    } catch {
      return searchKept(this.box.dataset.store, question);
    }
  }

  show(results, question) {
    this.options = results;
    this.list.replaceChildren(...results.map((result, at) => this.row(result, at)));
    if (this.newField && question) this.list.append(this.newRow(question));
    if (!this.list.children.length) {
      const empty = document.createElement("div");
      empty.className = "picker-empty";
      empty.textContent = this.box.dataset.none;
      this.list.append(empty);
    }
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.status.textContent = results.length ? `${this.box.dataset.found} ${results.length}` : this.box.dataset.none;
    this.choose(results.length && question ? 0 : -1);
  }

  row(result, at) {
    const option = document.createElement("div");
    option.className = "picker-option";
    option.setAttribute("role", "option");
    option.id = `${this.list.id}_${at}`;
    option.dataset.at = at;
    option.append(result.label);
    if (result.note) {
      const note = document.createElement("small");
      note.textContent = result.note;
      option.append(note);
    }
    return option;
  }

  newRow(question) {
    const option = this.row({ label: this.box.dataset.newLabel.replace("%s", question) }, "new");
    option.dataset.new = question;
    return option;
  }

  rows() {
    return [...this.list.querySelectorAll("[role=option]")];
  }

  choose(at) {
    const rows = this.rows();
    this.at = at;
    rows.forEach((row, index) => row.setAttribute("aria-selected", String(index === at)));
    if (rows[at]) {
      rows[at].scrollIntoView({ block: "nearest" });
      this.input.setAttribute("aria-activedescendant", rows[at].id);
    } else {
      this.input.removeAttribute("aria-activedescendant");
    }
  }

  key(event) {
    const last = this.rows().length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.list.hidden) this.ask();
      else if (event.key === "ArrowDown") this.choose(this.at >= last ? 0 : this.at + 1);
      else this.choose(this.at <= 0 ? last : this.at - 1);
    } else if (event.key === "Enter" && !this.list.hidden) {
      event.preventDefault(); // the form is not sent by choosing
      if (this.rows()[this.at]) this.take(this.rows()[this.at]);
    } else if (event.key === "Escape" && !this.list.hidden) {
      event.stopPropagation();
      this.close();
    }
  }

  take(option) {
    const isNew = "new" in option.dataset;
    const chosen = isNew ? { id: "", label: option.dataset.new } : this.options[option.dataset.at];
    this.input.value = chosen.label;
    this.value.value = chosen.id;
    if (this.newField) this.newField.value = isNew ? chosen.label : "";
    this.box.classList.add("is-chosen");
    this.clearButton.hidden = false;
    this.close();
    this.tell(isNew ? null : chosen);
    this.input.removeAttribute("aria-invalid");
    this.input.classList.remove("is-invalid");
  }

  tell(chosen) {
    this.box.dispatchEvent(new CustomEvent("picker:taken", { bubbles: true, detail: { chosen, isNew: Boolean(this.newField?.value) } }));
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}

export function startPickers(root = document) {
  root.querySelectorAll("[data-picker]").forEach((box) => {
    if (!box.picker) box.picker = new Picker(box);
  });
}
