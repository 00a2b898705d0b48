// Runs before the first paint, hence a plain blocking script: the chosen theme and the folded rail, without a flash.
(function () {
  var root = document.documentElement;
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  var paper = window.matchMedia("print");
  function read(key) {
    try {
      return localStorage.getItem(key);
    } catch (blocked) {
      return null;
    }
  }
  function apply() {
    var wish = read("theme") || "auto";
    root.dataset.themeWish = wish;
    // Paper is white whatever the screen is.
    root.dataset.bsTheme = paper.matches ? "light" : wish === "auto" ? (dark.matches ? "dark" : "light") : wish;
    root.dispatchEvent(new CustomEvent("theme:changed"));
  }
  root.dataset.rail = read("rail") || "wide";
  dark.addEventListener("change", apply);
  paper.addEventListener("change", apply);
  window.addEventListener("storage", apply);
  root.addEventListener("theme:apply", apply);
  apply();
})();
