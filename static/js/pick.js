// Selecting rows: a checkbox on each, x on the row with the focus, Shift for a stretch. What is selected stays so when
// the list redraws itself. <form data-picked hidden> shows how many there are and leads to the step on all of them.
const bar = () => document.querySelector('[data-picked]');
const rows = () => [...document.querySelectorAll('#rows .row[data-id]')];
const box = (row) => row.querySelector('[data-pick]');
const picked = new Set();
let last = null;

function set(row, on) {
  picked[on ? 'add' : 'delete'](row.dataset.id);
  box(row).checked = on;
  row.toggleAttribute('data-chosen', on);
}

function show() {
  const form = bar();
  if (!form) return;
  form.hidden = !picked.size;
  document.querySelector('#rows')?.toggleAttribute('data-picking', picked.size > 0);
  form.querySelector('[data-count]').textContent = form.dataset.words.replace('{}', picked.size);
  form.querySelector('[data-fields]').replaceChildren(...[...picked].map((id) => {
    const field = document.createElement('input');
    Object.assign(field, { type: 'hidden', name: 'ticket', value: id });
    return field;
  }));
}

function choose(row, on, stretch) {
  const all = rows();
  const from = stretch && last ? all.findIndex((r) => r.dataset.id === last) : -1;
  const to = all.indexOf(row);
  const part = from < 0 ? [row] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  part.forEach((r) => set(r, on));
  last = row.dataset.id;
  show();
}

document.addEventListener('click', (event) => {
  if (event.target.matches('[data-pick]')) choose(event.target.closest('.row'), event.target.checked, event.shiftKey);
  else if (event.target.closest('[data-unpick]')) clear();
});

function clear() {
  picked.clear();
  rows().forEach((row) => set(row, false));
  show();
}

/** The row that has the focus, or else the open one. */
export function toggle() {
  const row = document.activeElement?.closest?.('.row[data-id]') ?? document.querySelector('.row[data-current]');
  if (!row || !box(row)) return false;
  choose(row, !picked.has(row.dataset.id), false);
  return true;
}

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]')) return;
  if (event.target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')) return;
  if (event.key === 'Escape' && picked.size) { clear(); event.preventDefault(); }
  const pressed = document.querySelector('dialog[data-help] [data-default="x"]')?.textContent ?? 'x';
  if (event.key === pressed && toggle()) event.preventDefault();
});

document.addEventListener('htmx:after:swap', () => {
  if (!picked.size) return;
  rows().forEach((row) => set(row, picked.has(row.dataset.id)));
  show();
});
