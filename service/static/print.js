// Prints the page with the list of ineligible trials, and opened what somebody may still join; folds them afterwards.
const button = document.querySelector("[data-print]");
let opened = [];
if (button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details.trial:not([open]), details.rest:not([open])")].filter((one) => !one.querySelector(":scope > summary .verdict-ineligible"));
  for (const one of opened) one.open = true;
});
window.addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
});
