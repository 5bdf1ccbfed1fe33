const filter = document.querySelector("input");
const rows = [...document.querySelectorAll("tbody tr")];
filter.hidden = rows.length < 2;
const links = () => rows.filter((row) => !row.hidden).map((row) => row.querySelector("a"));
filter.addEventListener("input", () => {
  const wanted = filter.value.toLowerCase();
  for (const row of rows) row.hidden = !row.querySelector("a").textContent.toLowerCase().includes(wanted);
});
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const typing = document.activeElement === filter;
  const shown = links();
  const at = shown.indexOf(document.activeElement);
  const go = (place) => shown[Math.max(0, Math.min(shown.length - 1, place))]?.focus();
  const down = event.key === "ArrowDown" || (!typing && event.key === "j");
  const up = event.key === "ArrowUp" || (!typing && event.key === "k");
  if (down) go(at + 1);
  else if (up) go(at - 1);
  else if (typing && event.key === "Enter") shown[0]?.click();
  else if (typing && event.key === "Escape") filter.blur();
  else if (!typing && event.key === "Home") go(0);
  else if (!typing && event.key === "End") go(shown.length);
  else if (!typing && event.key === "Backspace" && location.pathname !== "/") location.href = "../";
  else if (!typing && event.key === "/") filter.focus();
  else return;
  event.preventDefault();
});
