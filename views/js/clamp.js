// Long values: a note of forty lines would push the rows below it off the screen,
// so that it shows its beginning and a button for the rest. Without script, and
// where somebody searches in the page, all of it is there.

const long = 360; // characters that a row shows as they are

function set(button, open) {
  const table = button.closest("table");
  button.previousElementSibling.classList.toggle("clamp", !open);
  button.setAttribute("aria-expanded", String(open));
  button.textContent = open ? table.dataset.less : table.dataset.all;
}

export function equip(root) {
  for (const value of root.querySelectorAll('table.attrs [data-testid="attribute-value"]')) {
    if (value.textContent.length <= long || value.nextElementSibling?.matches(".all")) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "all";
    value.after(button);
    set(button, false);
  }
}

export function listen() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.all");
    if (button) set(button, button.getAttribute("aria-expanded") === "false");
  });
}
