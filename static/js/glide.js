// A row that a live update moves glides to its place instead of jumping there, so that the eye can follow. Nothing
// glides for those who asked for less motion, and nothing that is out of sight.
const calm = matchMedia('(prefers-reduced-motion: reduce)');
const MOMENT = { duration: 140, easing: 'cubic-bezier(.2, 0, 0, 1)' };
let before = new Map();

const rows = () => document.querySelectorAll('#rows .row[data-id], #rows > h3');
const key = (element) => element.id || element.textContent;

function places() {
  const found = new Map();
  for (const row of rows()) {
    const { top, bottom } = row.getBoundingClientRect();
    if (bottom < 0) continue;
    if (top > innerHeight) break;
    found.set(key(row), top);
  }
  return found;
}

document.addEventListener('htmx:before:swap', (event) => {
  before = event.detail.ctx.target?.id === 'rows' && !calm.matches && !document.hidden ? places() : new Map();
});

document.addEventListener('htmx:after:swap', (event) => {
  if (event.detail.ctx.target?.id !== 'rows' || !before.size) return;
  const now = places();
  for (const row of rows()) {
    const from = before.get(key(row));
    const to = now.get(key(row)) ?? (from === undefined ? undefined : row.getBoundingClientRect().top);
    if (from !== undefined && Math.abs(from - to) > 1) glide(row, from - to);
  }
  before = new Map();
});

/** Held where it was until the next frame but one, when the animation takes over: one begins a frame late. */
function glide(row, by) {
  row.style.translate = `0 ${by}px`;
  requestAnimationFrame(() => requestAnimationFrame(() => {
    row.style.translate = '';
    row.animate({ translate: [`0 ${by}px`, '0 0'] }, MOMENT);
  }));
}
