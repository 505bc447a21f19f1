// Polls until the match is there, then reloads the page.
const place = document.querySelector("[data-state]");
const FIRST_PAUSE_MS = 700;
const MAX_PAUSE_MS = 5000;

async function poll(pause) {
  try {
    const answer = await fetch(place.dataset.state, { headers: { Accept: "application/json" } });
    if (!answer.ok || (await answer.json()).state !== "queued") {
      location.reload();
      return;
    }
  } catch {
    // Try again: the network may recover.
  }
  setTimeout(poll, pause, Math.min(pause * 1.5, MAX_PAUSE_MS));
}

setTimeout(poll, FIRST_PAUSE_MS, FIRST_PAUSE_MS);
