// Saves the draft of the form on the server while the user types, and focuses the error box if there is one.
const form = document.querySelector("form[data-keep]");
const kept = document.getElementById("kept");
const PAUSE = 1500;
let waiting = 0;

async function keep() {
  waiting = 0;
  try {
    const answer = await fetch(form.dataset.keep, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "error" });
    kept.textContent = answer.ok ? `Draft saved at ${new Date().toTimeString().slice(0, 5)}` : "The draft could not be saved.";
  } catch {
    kept.textContent = "The draft could not be saved. Sign in again in another tab, or check the network.";
  }
}

form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(keep, PAUSE);
});
form.addEventListener("submit", () => clearTimeout(waiting));

const faults = document.getElementById("faults");
if (faults) faults.focus();
// A link in the error box opens the folded section around its input.
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  for (let place = link && document.getElementById(link.hash.slice(1)); place; place = place.parentElement) {
    if (place.tagName === "DETAILS") place.open = true;
  }
});
