// Marks an item as corrected when its value changes, and saves the decisions on the server.
const form = document.querySelector("form.review");
const PAUSE = 1000;
let waiting = 0;

function save() {
  const typed = new URLSearchParams(new FormData(form));
  typed.set("do", "save");
  // The response redirects to this page, which is up to date already.
  fetch(location.pathname, { method: "POST", body: typed, redirect: "manual" }).catch(() => {});
}

form.addEventListener("input", (event) => {
  const fact = event.target.closest(".fact");
  if (fact && event.target.type !== "radio") fact.querySelector("input[type=radio][value=correct]").checked = true;
});
form.addEventListener("change", (event) => {
  const fact = event.target.closest(".fact");
  const chosen = fact && fact.querySelector("input[type=radio]:checked");
  if (chosen) fact.className = `fact fact-${chosen.value}`;
  clearTimeout(waiting);
  waiting = setTimeout(save, PAUSE);
});
form.addEventListener("submit", () => clearTimeout(waiting));
const faults = document.getElementById("faults");
if (faults) faults.focus();
