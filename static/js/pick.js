// Selecting rows: a checkbox on each, x on the row with the focus, Shift for a stretch. What is selected stays so when
// the list redraws itself. The bar below the list (data-bulk) says how many there are and what can be done; beside the
// list (#chosen) stands which they are and what would become of each. The ticket under it is left as it is.
import htmx from './htmx.js';

const bar = () => document.querySelector('[data-bulk]');
const place = () => document.querySelector('#chosen');
const what = () => document.querySelector('#bulk-what');
const rows = () => [...document.querySelectorAll('#rows .row[data-id]')];
const box = (row) => row.querySelector('[data-pick]');
const picked = new Set();
let every = ''; // how many, once all tickets of the list are selected
let last = null;

function mark(row) {
  const on = every !== '' || picked.has(row.dataset.id);
  box(row).checked = on;
  row.toggleAttribute('data-chosen', on);
}

/** Draw what is selected; what was asked about other tickets is asked no more. */
function show() {
  const some = every !== '' || picked.size > 0;
  if (!bar()) return;
  rows().forEach(mark);
  bar().hidden = !some;
  document.querySelector('#rows')?.toggleAttribute('data-picking', some);
  bar().querySelector('[data-count]').textContent = some ? bar().dataset.words.replace('{}', every || picked.size) : '';
  what().elements.tickets.value = every === '' ? [...picked].join(',') : '';
  what().elements.all.value = every === '' ? '' : '1';
  if (!some) return;
  htmx.trigger('#bulk-acts', 'wanted');
  reveal(true);
  htmx.trigger('#bulk-what', 'picked');
}

/** Let the place beside the list be seen, or the ticket under it. */
function reveal(on) {
  place().hidden = !on;
  document.querySelector('#desk').inert = on;
}

function choose(row, on, stretch) {
  if (every !== '') {
    every = '';
    rows().forEach((r) => picked.add(r.dataset.id));
  }
  const all = rows();
  const from = stretch && last ? all.findIndex((r) => r.dataset.id === last) : -1;
  const to = all.indexOf(row);
  const part = from < 0 ? [row] : all.slice(Math.min(from, to), Math.max(from, to) + 1);
  part.forEach((r) => picked[on ? 'add' : 'delete'](r.dataset.id));
  last = row.dataset.id;
  show();
  if (!picked.size) leave();
}

function forget() {
  picked.clear();
  every = '';
  show();
}

/** Nothing is selected and nothing is looked at: the ticket again. */
function leave() {
  forget();
  if (!place() || place().hidden) return;
  const inside = place().contains(document.activeElement);
  reveal(false);
  place().replaceChildren();
  if (inside) document.querySelector('.row[data-current] > a, .row > a')?.focus({ preventScroll: true });
}

document.addEventListener('click', (event) => {
  const { target } = event;
  if (target.matches('[data-pick]')) choose(target.closest('.row'), target.checked, event.shiftKey);
  else if (target.closest('[data-unpick]')) leave();
  else if (target.closest('[data-unask]') && place()?.contains(target)) { event.preventDefault(); show(); }
  else if (target.closest('[data-pick-all]')) { every = target.closest('[data-pick-all]').dataset.pickAll; show(); }
  else if (event.shiftKey && bar() && !bar().hidden && target.closest('#rows .row > a')) {
    event.preventDefault();
    choose(target.closest('.row'), true, true);
  }
});

/** The row that has the focus, or else the open one. */
export function toggle() {
  const row = document.activeElement?.closest?.('.row[data-id]') ?? document.querySelector('.row[data-current]');
  if (!row || !box(row) || !bar()) return false;
  choose(row, every !== '' || !picked.has(row.dataset.id), false);
  return true;
}

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]')) return;
  if (event.target.matches('input:not([type=checkbox]), textarea, select, [contenteditable]')) return;
  const asked = place() && !place().hidden && place().querySelector('[data-asked]');
  const some = every !== '' || picked.size > 0;
  if (event.key === 'Escape' && asked && some) { show(); event.preventDefault(); return; }
  if (event.key === 'Escape' && (some || (place() && !place().hidden))) { leave(); event.preventDefault(); return; }
  const pressed = document.querySelector('dialog[data-help] [data-default="x"]')?.textContent ?? 'x';
  if (event.key === pressed && toggle()) event.preventDefault();
});

document.addEventListener('htmx:after:swap', (event) => {
  const target = event.detail.ctx?.target;
  if (target?.id === 'desk' && place()) reveal(false); // a ticket was opened: it is what one wants to see
  if (target?.id === 'chosen') looked();
  if (bar() && (every !== '' || picked.size)) rows().forEach(mark);
});

/** After something was chosen the focus goes to what does it; to the heading where mails would leave. */
function looked() {
  const begun = place().querySelector('[data-begun]');
  if (begun) forget();
  const sends = place().querySelector('.mails');
  const main = place().querySelector('[data-asked] input:not([type=hidden]), [data-asked] .btn--main:not(:disabled)');
  if (begun || place().querySelector('[data-asked]')) (sends || !main ? place().querySelector('h1') : main)?.focus();
}
