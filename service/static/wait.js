// Looks whether the match is there, and then shows it.
const place = document.querySelector("[data-state]");
const SOONEST = 700;
const LATEST = 5000;

async function look(pause) {
  try {
    const answer = await fetch(place.dataset.state, { headers: { Accept: "application/json" } });
    if (!answer.ok || (await answer.json()).state !== "queued") {
      location.reload();
      return;
    }
  } catch {
    // The network may come back.
  }
  setTimeout(look, pause, Math.min(pause * 1.5, LATEST));
}

setTimeout(look, SOONEST, SOONEST);
