// Keeps the draft of a form on the server while it is filled in, and goes to the faults when there are any.
const form = document.querySelector("form[data-keep]");
const kept = document.getElementById("kept");
const PAUSE = 1500;
let waiting = 0;

async function keep() {
  waiting = 0;
  try {
    const answer = await fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
    kept.textContent = answer.ok ? `Draft saved at ${new Date().toTimeString().slice(0, 5)}` : "The draft could not be saved";
  } catch {
    kept.textContent = "The draft could not be saved: sign in again in another tab, or check the network";
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(keep, PAUSE);
});
form.addEventListener("submit", () => clearTimeout(waiting));

const faults = document.getElementById("faults");
if (faults) faults.focus();
// A link to a fault opens the section that folds it.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  for (let place = link && document.getElementById(link.hash.slice(1)); place; place = place.parentElement) {
    if (place.tagName === "DETAILS") place.open = true;
  }
});
