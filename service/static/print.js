// Prints the page with every trial opened that somebody may still join, and folds them again afterwards.
const button = document.querySelector("[data-print]");
let opened = [];
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.trial:not([open])")].filter((one) => !one.querySelector("summary .verdict-ineligible"));
  for (const one of opened) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
});
