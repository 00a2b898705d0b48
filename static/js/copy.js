// data-copy="<id of a field>": copies its value and says so on the button.
document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // pages that are not served over https have no clipboard
  }
  button.querySelector("span").textContent = button.dataset.copied;
});
