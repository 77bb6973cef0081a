// Single keys: j and k go through the rows, Enter opens one, / goes to the search
// box, ? lists them. None of them changes anything, and /me switches them off.

const typing = (node) => node.isContentEditable || /^(INPUT|SELECT|TEXTAREA|BUTTON|SUMMARY|A)$/.test(node.tagName);

function rows() {
  return [...document.querySelectorAll("main tbody tr")].filter((row) => !row.hidden && row.offsetParent !== null);
}

function step(by) {
  const all = rows();
  if (all.length === 0) return;
  const now = all.findIndex((row) => row.classList.contains("at"));
  const next = all[Math.min(all.length - 1, Math.max(0, now < 0 ? 0 : now + by))];
  all[now]?.classList.remove("at");
  next.classList.add("at");
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}

function search() {
  const box = document.querySelector("[data-search]");
  box?.focus();
  box?.select();
}

const acts = {
  j: () => step(1),
  k: () => step(-1),
  Enter: () => document.querySelector("tr.at a[href]")?.click(),
  "/": search,
  "?": () => document.getElementById("keys")?.showModal(),
};

export function listen() {
  document.addEventListener("keydown", (event) => {
    if (document.body.dataset.keys !== "on" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    const inField = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (inField || (event.key === "Enter" && typing(event.target))) return;
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  });
}
