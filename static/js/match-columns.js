// Matching columns: the first values of the chosen column are shown beside it, and the field for one value when asked for.
const samples = JSON.parse(document.getElementById("samples").textContent);

function show(select) {
  const row = select.closest(".match-row");
  const values = samples[Number(select.value)]?.values ?? [];
  row.querySelector("[data-sample]").textContent = select.value === "" ? "" : values.join(" · ");
  row.querySelector("[data-same]").hidden = select.value !== "same";
  row.classList.toggle("is-matched", select.value !== "");
}

document.querySelectorAll("[data-match-columns] [data-column]").forEach((select) => {
  show(select);
  select.addEventListener("change", () => {
    show(select);
    if (select.value === "same") select.closest(".match-row").querySelector("[data-same]").focus();
  });
});
