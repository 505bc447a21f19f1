// The trial editor: line numbers, a check while the user types, and links from findings to their lines.
"use strict";
(() => {
  const PAUSE_MS = 500;
  const form = document.getElementById("editor");
  const text = document.getElementById("text");
  const numbers = document.getElementById("numbers");
  const findings = document.getElementById("findings");
  let timer = 0;
  let asked = 0;

  document.documentElement.classList.add("script");

  const count = () => {
    const lines = text.value.split("\n").length;
    if (numbers.dataset.lines === String(lines)) return;
    numbers.dataset.lines = String(lines);
    numbers.textContent = Array.from({ length: lines }, (_, place) => place + 1).join("\n");
  };
  const scroll = () => { numbers.scrollTop = text.scrollTop; };

  const element = (name, className, words) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (words) made.textContent = words;
    return made;
  };

  const counted = (number, singular, plural) => `${number} ${number === 1 ? singular : plural}`;

  const findingItem = (kind, found) => {
    const item = element("li", `finding finding-${kind.toLowerCase()}`);
    const place = element("span", "finding-place", kind);
    if (found.line) {
      const link = element("a", "", `line ${found.line}`);
      link.href = "#text";
      link.dataset.line = found.line;
      place.append(", ", link);
    }
    const message = element("p", "", found.detail);
    if (found.hint) message.append(" ", element("span", "muted", `(${found.hint})`));
    item.append(place, " ", element("code", "", found.path), message);
    return item;
  };

  const list = (kind, found) => {
    const made = element("ul", "findings");
    made.append(...found.map((finding) => findingItem(kind, finding)));
    return made;
  };

  const show = (checked) => {
    const faults = checked.faults.length;
    const words = faults
      ? `Fix ${counted(faults, "error", "errors")} to save`
      : `Can be saved. ${counted(checked.cases, "case passes", "cases pass")}.`;
    const parts = [element("p", faults ? "fault finding-sum" : "finding-sum good", words)];
    if (faults) parts.push(list("Error", checked.faults));
    if (checked.warnings.length) parts.push(list("Warning", checked.warnings));
    findings.replaceChildren(...parts);
    text.setAttribute("aria-invalid", faults ? "true" : "false");
  };

  const check = async () => {
    const number = ++asked;
    findings.setAttribute("aria-busy", "true");
    const body = new URLSearchParams({ text: text.value, csrf_token: form.elements.csrf_token.value });
    try {
      const answer = await fetch(form.dataset.check, { method: "POST", body, redirect: "error" });
      if (number !== asked) return;
      if (answer.ok) show(await answer.json());
      else findings.replaceChildren(element("p", "fault", "The automatic check is not available. Use the button Check."));
    } catch {
      if (number === asked) findings.replaceChildren(element("p", "fault", "The automatic check is not available. Use the button Check."));
    } finally {
      if (number === asked) findings.removeAttribute("aria-busy");
    }
  };

  const go = (line) => {
    const lines = text.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, before) => sum + before.length + 1, 0);
    text.focus();
    text.setSelectionRange(start, start + (lines[line - 1] || "").length);
    text.scrollTop = Math.max(0, (line - 6) * parseFloat(getComputedStyle(text).lineHeight));
    scroll();
  };

  // Tab indents with two spaces. After Escape, Tab leaves the text, so that keyboard users are not trapped.
  let leaving = false;
  const key = (event) => {
    if (event.key === "Escape") { leaving = true; return; }
    if (event.key === "Tab" && !event.shiftKey && !leaving) {
      event.preventDefault();
      text.setRangeText("  ", text.selectionStart, text.selectionEnd, "end");
      text.dispatchEvent(new Event("input"));
    }
    if (event.key !== "Shift") leaving = false;
  };

  const changed = () => {
    count();
    window.clearTimeout(timer);
    timer = window.setTimeout(check, PAUSE_MS);
  };

  const saved = text.defaultValue;
  let sending = false;
  text.addEventListener("input", changed);
  text.addEventListener("scroll", scroll);
  text.addEventListener("keydown", key);
  form.addEventListener("submit", () => { sending = true; });
  window.addEventListener("beforeunload", (event) => {
    if (!sending && text.value !== saved) event.preventDefault();
  });
  findings.addEventListener("click", (event) => {
    const line = event.target.dataset.line;
    if (line) { event.preventDefault(); go(Number(line)); }
  });
  count();
  const preview = document.getElementById("preview");
  if (preview) preview.focus();
  else if (findings.querySelector(".finding-sum") === null) check();
})();
