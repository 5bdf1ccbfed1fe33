(() => {
  let lost = false;
  const events = new EventSource("/.nsh/live");
  events.addEventListener("change", () => location.reload());
  events.addEventListener("error", () => { lost = true; });
  events.addEventListener("open", () => { if (lost) location.reload(); });
})();
