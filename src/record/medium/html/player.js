
(() => {
  "use strict";
  const film = JSON.parse(document.getElementById("film").textContent);
  const player = document.getElementById("player");
  const find = (selector) => player.querySelector(selector);
  const [screen, start, play, seek, time, chapters, speed] =
    [".screen", ".start", ".play", ".seek", ".time", ".chapters", ".speed"].map(find);
  const { frames, length } = film;

  // What a frame shows: its cells by row, where the cursor stands.
  const apply = (state, [, column, row, moved, differing]) => {
    const rows = state.rows.slice(moved);
    while (rows.length < film.rows) rows.push([]);
    for (const [number, cells] of differing) rows[number] = cells;
    return { rows, column, row };
  };

  // Every so many frames what they show is kept, so that no seek goes far.
  const every = 64;
  const kept = [];
  let state = { rows: Array(film.rows).fill([]), column: -1, row: -1 };
  frames.forEach((frame, number) => {
    state = apply(state, frame);
    if (number % every === 0) kept.push(state);
  });
  const shows = (number) => {
    const from = Math.floor(number / every);
    let state = kept[from];
    for (let next = from * every + 1; next <= number; next++) state = apply(state, frames[next]);
    return state;
  };

  // The last frame that has begun at a moment.
  const frameAt = (moment) => {
    let [low, high] = [0, frames.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (frames[middle][0] <= moment) low = middle; else high = middle - 1;
    }
    return low;
  };

  const lines = Array.from({ length: film.rows }, (_, number) => {
    const line = document.createElement("div");
    line.className = "row";
    line.style.top = `${number * 1.35}em`;
    return screen.appendChild(line);
  });
  const cursor = screen.appendChild(document.createElement("div"));
  cursor.className = "cursor";
  const drawn = [];

  const cell = ([column, width, classes, text, front, back]) => {
    const span = document.createElement("span");
    span.className = classes;
    span.textContent = text;
    span.style.left = `${column}ch`;
    span.style.width = `${width}ch`;
    if (front) span.style.color = front;
    if (back) span.style.background = back;
    return span;
  };

  const draw = ({ rows, column, row }) => {
    rows.forEach((cells, number) => {
      if (drawn[number] === cells) return;
      drawn[number] = cells;
      lines[number].replaceChildren(...cells.map(cell));
    });
    cursor.hidden = column < 0;
    cursor.style.left = `${column}ch`;
    cursor.style.top = `${row * 1.35}em`;
  };

  const clock = (moment) => {
    const seconds = Math.floor(moment / 1000);
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };
  const chapterAt = (moment) => film.chapters.findLastIndex(([at]) => at <= moment);

  let position = length;
  let shown = -1;
  const show = (moment) => {
    position = Math.max(0, Math.min(length, moment));
    const number = frameAt(position);
    if (number !== shown && frames.length) {
      draw(number === shown + 1 && shown >= 0 ? (state = apply(state, frames[number])) : (state = shows(number)));
      shown = number;
    }
    const chapter = chapterAt(position);
    seek.value = position;
    time.textContent = `${clock(position)} / ${clock(length)}`;
    if (chapter >= 0) chapters.value = chapter; else chapters.selectedIndex = -1;
    const heading = chapter >= 0 ? `, ${film.chapters[chapter][1]}` : "";
    seek.setAttribute("aria-valuetext", `${clock(position)} of ${clock(length)}${heading}`);
  };

  let playing = false;
  let before = 0;
  const tick = (now) => {
    if (!playing) return;
    show(position + (now - before) * Number(speed.value));
    before = now;
    if (position >= length) return pause();
    requestAnimationFrame(tick);
  };
  const label = () => {
    player.classList.toggle("playing", playing);
    play.setAttribute("aria-label", playing ? "Pause" : "Play");
  };
  const pause = () => { playing = false; label(); };
  const toggle = () => {
    if (playing) return pause();
    player.classList.add("begun");
    if (position >= length) show(0);
    playing = true;
    label();
    requestAnimationFrame((now) => { before = now; tick(now); });
  };
  const go = (moment) => { player.classList.add("begun"); show(moment); };
  const step = (by) => {
    pause();
    const frame = frames[shown + by];
    go(frame ? frame[0] : by < 0 ? 0 : length);
  };
  const leap = (by) => {
    const now = chapterAt(position);
    // Going back shortly after a chapter has begun means the one before.
    const back = by < 0 && now >= 0 && position - film.chapters[now][0] > 1000 ? 0 : by;
    const chapter = film.chapters[now + back];
    go(chapter ? chapter[0] : by < 0 ? 0 : length);
  };
  const hasten = (by) => {
    speed.selectedIndex = Math.max(0, Math.min(speed.options.length - 1, speed.selectedIndex + by));
  };

  seek.max = length;
  film.chapters.forEach(([at, heading], number) => {
    chapters.add(new Option(heading, number));
    const mark = document.createElement("i");
    mark.style.left = `${(at / Math.max(1, length)) * 100}%`;
    mark.title = heading;
    find(".marks").append(mark);
  });
  chapters.hidden = !film.chapters.length;

  start.addEventListener("click", () => { toggle(); play.focus(); });
  play.addEventListener("click", toggle);
  seek.addEventListener("input", () => go(Number(seek.value)));
  chapters.addEventListener("change", () => go(film.chapters[chapters.value][0]));

  const keys = {
    " ": toggle, ".": () => step(1), ",": () => step(-1), "]": () => leap(1), "[": () => leap(-1),
    "+": () => hasten(1), "=": () => hasten(1), "-": () => hasten(-1),
    ArrowLeft: () => go(position - 5000), ArrowRight: () => go(position + 5000), Home: () => go(0), End: () => go(length),
  };
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(keys, event.key)) return;
    const on = document.activeElement;
    // A button takes the space bar, and a list its own keys.
    if (on instanceof HTMLSelectElement || (event.key === " " && on instanceof HTMLButtonElement)) return;
    keys[event.key]();
    event.preventDefault();
  });

  player.hidden = false;
  show(length);
})();
