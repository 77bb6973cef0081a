// More rows take the place of the row that asked for them, and the button with the
// focus is gone: the focus goes to the first new row, so that reading goes on there.

let first = null; // index of the row that is being replaced

export function listen() {
  document.addEventListener("htmx:beforeRequest", (event) => {
    const row = event.target.closest("tr.more");
    first = row && row.contains(document.activeElement) ? row.sectionRowIndex : null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    const row = first === null ? null : document.getElementById("rows")?.rows[first];
    first = null;
    if (!row || document.activeElement !== document.body) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
  });
}
