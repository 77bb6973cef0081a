// Folding of the attribute tree. Rows stay a flat table: a row belongs to the
// group above it that is less deep.

const depth = (row) => Number(row.dataset.depth);

export function equip(root) {
  for (const table of root.querySelectorAll("table.attrs.tree")) {
    for (const row of table.querySelectorAll("tr.group")) {
      if (row.querySelector(".fold-row")) continue;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "fold-row";
      button.setAttribute("aria-expanded", "true");
      button.setAttribute("aria-label", `${table.dataset.fold}: ${row.cells[0].textContent}`);
      row.cells[0].prepend(button);
    }
  }
}

function fold(button) {
  const open = button.getAttribute("aria-expanded") === "false";
  button.setAttribute("aria-expanded", String(open));
  const group = button.closest("tr");
  let skip = Infinity; // rows deeper than this are inside a group that stays folded
  for (let row = group.nextElementSibling; row?.dataset.depth && depth(row) > depth(group); row = row.nextElementSibling) {
    if (depth(row) <= skip) skip = Infinity;
    row.hidden = !open || skip !== Infinity;
    const inner = row.querySelector(".fold-row");
    if (open && skip === Infinity && inner?.getAttribute("aria-expanded") === "false") skip = depth(row);
  }
}

export function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".fold-row");
    if (button) fold(button);
  });
}
