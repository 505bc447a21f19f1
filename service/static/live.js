// Parts of a page that change while one looks: an element with data-live is replaced by what that address gives, until
// what comes has no such attribute any more.
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
        else if (fresh.dataset.whole) window.location.reload();
      } catch {
        again(LATER_MS);
      }
    };
    again(EVERY_MS);
  };

  document.querySelectorAll("[data-live]").forEach(follow);
})();
