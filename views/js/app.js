// The script of every page. Pages work without it; it makes them quick.
import * as clamp from "./clamp.js";
import * as copy from "./copy.js";
import * as fold from "./fold.js";
import * as keys from "./keys.js";
import * as more from "./more.js";
import * as times from "./times.js";

function equip() {
  clamp.equip(document);
  copy.equip(document);
  fold.equip(document);
}

document.documentElement.classList.add("js");
equip();
clamp.listen();
copy.listen();
fold.listen();
keys.listen();
more.listen();
times.listen();
document.addEventListener("htmx:afterSettle", equip);
// A filter that is empty says nothing: it has no place in the address.
document.addEventListener("formdata", ({ target, formData }) => {
  if (target.method !== "get") return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});
