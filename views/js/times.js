// Relative times grow old on an open page: they are said again each half minute,
// in the page's language and by the same steps as the server counts.

const minute = 60, hour = 60 * minute, day = 24 * hour;
const steps = [
  [hour, minute, "minute"],
  [day, hour, "hour"],
  [30 * day, day, "day"],
  [365 * day, 30 * day, "month"],
  [Infinity, 365 * day, "year"],
];

const format = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "always" });

function said(at) {
  const age = (Date.now() - at) / 1000;
  if (Math.abs(age) < minute) return document.body.dataset.now;
  const [, unit, name] = steps.find(([below]) => Math.abs(age) < below);
  return format.format(-Math.trunc(age / unit), name);
}

export function refresh() {
  for (const node of document.querySelectorAll("time[data-rel]")) {
    const text = said(Date.parse(node.dateTime));
    if (node.textContent !== text) node.textContent = text;
  }
}

export function listen() {
  setInterval(refresh, 30_000);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
}
