// Live parts of a page: replaces an element with the response of its data-live address, until the response has no such
// attribute. A response with data-reload reloads the whole page.
"use strict";
(() => {
  const EVERY_MS = 1500;
  const LATER_MS = 6000;

  const follow = (element) => {
    const again = (wait) => window.setTimeout(() => ask(element), wait);
    const ask = async (shown) => {
      if (document.hidden) return again(EVERY_MS);
      try {
        const answer = await fetch(shown.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
        if (!answer.ok) return again(LATER_MS);
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body.firstElementChild;
        if (!fresh) return again(LATER_MS);
        shown.replaceWith(fresh);
        if (fresh.dataset.live) follow(fresh);
        else if (fresh.dataset.reload) window.location.reload();
      } catch {
        again(LATER_MS);
      }
    };
    again(EVERY_MS);
  };

  document.querySelectorAll("[data-live]").forEach(follow);
})();
