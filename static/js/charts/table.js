// The same figures as a table: { head: [text], rows: [[text or {text, url}]] }; every column but the first is numeric.
export function buildTable(content, caption) {
  const table = document.createElement("table");
  table.className = "table-figures chart-table";
  const title = table.createCaption();
  title.className = "visually-hidden";
  title.textContent = caption;
  const head = table.createTHead().insertRow();
  content.head.forEach((text, position) => {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = text;
    if (position) cell.className = "num";
    head.append(cell);
  });
  const body = table.createTBody();
  for (const row of content.rows) {
    const line = body.insertRow();
    row.forEach((value, position) => {
      const cell = document.createElement(position ? "td" : "th");
      if (position) cell.className = "num";
      else cell.scope = "row";
      if (value?.url) {
        const link = document.createElement("a");
        link.href = value.url;
        link.textContent = value.text;
        cell.append(link);
      } else {
        cell.textContent = value?.text ?? value ?? "—";
      }
      line.append(cell);
    });
  }
  return table;
}
