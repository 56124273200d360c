"use strict";
// Without this script the page shows every form of every formula; with it each card has tabs.
const root = document.documentElement;
const cards = [...document.querySelectorAll(".card")];
const search = document.getElementById("search");
const chosenForm = document.getElementById("form");
const fields = [...document.querySelectorAll(".fields button")];
let field = "";

function showForm(card, form) {
  const everything = document.body.classList.contains("everything");
  for (const pane of card.querySelectorAll(".pane")) pane.hidden = !everything && pane.dataset.form !== form;
  for (const tab of card.querySelectorAll("[role=tab]")) {
    const on = tab.dataset.form === form;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
  }
}

function showEverywhere(form) {
  document.body.classList.toggle("everything", form === "all");
  for (const card of cards) showForm(card, form);
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const card of cards) {
    const fits = (!field || card.dataset.field === field) && words.every((word) => card.dataset.search.includes(word));
    card.hidden = !fits;
    shown += fits;
  }
  document.getElementById("nothing").hidden = shown > 0;
}

for (const card of cards) {
  card.classList.add("tabbed");
  const tabs = [...card.querySelectorAll("[role=tab]")];
  tabs.forEach((tab, place) => {
    tab.addEventListener("click", () => showForm(card, tab.dataset.form));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = tabs[(place + step + tabs.length) % tabs.length];
      showForm(card, next.dataset.form);
      next.focus();
    });
  });
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest(".copy");
  if (!button) return;
  const code = button.parentElement.querySelector("pre");
  try {
    await navigator.clipboard.writeText(code.textContent);
  } catch {
    // A page opened as a file may have no clipboard: select the text, so that one key copies it.
    getSelection().selectAllChildren(code);
    button.textContent = "selected";
    return;
  }
  button.textContent = "copied";
  setTimeout(() => { button.textContent = "copy"; }, 1200);
});

for (const button of fields) {
  button.addEventListener("click", () => {
    field = button.dataset.field;
    for (const other of fields) other.setAttribute("aria-pressed", other === button);
    filter();
  });
}
search.addEventListener("input", filter);
chosenForm.addEventListener("change", () => showEverywhere(chosenForm.value));
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
    event.preventDefault();
    search.focus();
  }
});
document.getElementById("scheme").addEventListener("click", () => {
  const dark = root.dataset.scheme ? root.dataset.scheme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.scheme = dark ? "light" : "dark";
});
// `#show=all`, `#show=typst`, `#scheme=dark` choose by the address, for links and for pictures of the page.
const asked = new URLSearchParams(location.hash.slice(1));
if (asked.has("scheme")) root.dataset.scheme = asked.get("scheme");
if (asked.has("show")) chosenForm.value = asked.get("show");
showEverywhere(chosenForm.value);
