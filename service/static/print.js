// Prints the page with the trials that are not ineligible unfolded, and folds them again afterwards.
const button = document.querySelector("[data-print]");
let opened = [];
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.trial:not([open]), details.rest:not([open])")].filter((trial) => !trial.querySelector(":scope > summary .verdict-ineligible"));
  for (const details of opened) details.open = true;
});
window.addEventListener("afterprint", () => {
  for (const details of opened) details.open = false;
});
