// A fact whose value is changed is a corrected one; a fault that is linked to gets the focus.
const form = document.querySelector("form.review");

form.addEventListener("input", (event) => {
  const fact = event.target.closest(".fact");
  if (fact && event.target.type !== "radio") fact.querySelector("input[type=radio][value=correct]").checked = true;
});
form.addEventListener("change", (event) => {
  const fact = event.target.closest(".fact");
  const chosen = fact && fact.querySelector("input[type=radio]:checked");
  if (chosen) fact.className = `fact fact-${chosen.value}`;
});
const faults = document.getElementById("faults");
if (faults) faults.focus();
