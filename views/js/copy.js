// Copy buttons: those of the page, and one for each path and value of the
// attribute table, which the server leaves out to keep two hundred rows small.

const icon =
  '<svg class="i" viewBox="0 0 24 24" aria-hidden="true"><rect width="14" height="14" x="8" y="8" rx="2"/><path d="M4 16c-1.1 0-2-.9-2-2V4c0-1.1.9-2 2-2h10c1.1 0 2 .9 2 2"/></svg>';

function say(text) {
  const said = document.getElementById("said");
  said.textContent = "";
  requestAnimationFrame(() => (said.textContent = text));
}

async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy ?? textOf(button));
  button.classList.add("done");
  say(document.body.dataset.copied);
  setTimeout(() => button.classList.remove("done"), 1500);
}

function textOf(button) {
  const row = button.closest("tr");
  return button.dataset.what === "path" ? row.dataset.path : row.querySelector('[data-testid="attribute-value"]').textContent.trim();
}

function add(cell, what, label) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.dataset.what = what;
  button.title = label;
  button.setAttribute("aria-label", label);
  button.innerHTML = icon;
  cell.append(button);
}

// equip gives the rows of an attribute table their buttons, once.
export function equip(root) {
  for (const table of root.querySelectorAll("table.attrs")) {
    for (const row of table.tBodies[0].rows) {
      if (!row.dataset.path || row.querySelector(".copy")) continue;
      add(row.cells[0], "path", table.dataset.copyPath);
      if (row.dataset.masked === "false") add(row.cells[1], "value", table.dataset.copyValue);
    }
  }
}

export function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button).catch(() => button.classList.remove("done"));
  });
}
