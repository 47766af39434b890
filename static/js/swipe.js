// A row of the list under a thumb: to the right solves the ticket, to the left lets it sleep until tomorrow; each can be
// taken back from its toast. The same steps are buttons in the ticket's head, for whoever does not swipe.
//   <ul data-swipe data-swipe-solve="Solve" data-swipe-snooze="Tomorrow">
import htmx from './htmx.js';

const FAR = 96; // px from where on letting go does it
const phone = matchMedia('(max-width: 640px)');
let held = null; // {row, x, y, id, by, on}

document.addEventListener('pointerdown', (event) => {
  const row = event.target.closest?.('[data-swipe] .row');
  held = null;
  if (!row || event.pointerType !== 'touch' || !event.isPrimary || !phone.matches) return;
  held = { row, x: event.clientX, y: event.clientY, id: event.pointerId, by: 0, on: false };
});

document.addEventListener('pointermove', (event) => {
  if (!held || event.pointerId !== held.id) return;
  const across = event.clientX - held.x;
  if (!held.on) {
    if (Math.abs(event.clientY - held.y) > 12) { held = null; return; }
    if (Math.abs(across) < 16) return;
    held.on = true;
    const words = held.row.closest('[data-swipe]').dataset;
    held.solve = words.swipeSolve;
    held.snooze = words.swipeSnooze;
  }
  held.by = Math.max(-160, Math.min(160, across));
  held.row.dataset.swiped = held.by > 0 ? 'solve' : 'snooze';
  held.row.dataset.say = held.by > 0 ? held.solve : held.snooze;
  held.row.toggleAttribute('data-far', Math.abs(held.by) >= FAR);
  held.row.style.setProperty('--by', `${held.by}px`);
});

document.addEventListener('pointerup', (event) => {
  if (!held || event.pointerId !== held.id) return;
  const { row, by, on } = held;
  settle();
  if (!on) return;
  const stop = (click) => { click.preventDefault(); click.stopPropagation(); };
  addEventListener('click', stop, { capture: true, once: true }); // letting go is no tap
  setTimeout(() => removeEventListener('click', stop, true), 50);
  if (Math.abs(by) < FAR) return;
  const step = by > 0 ? ['status', { status: 'solved' }] : ['snooze', { until: 'tomorrow' }];
  htmx.ajax('POST', `/console/tickets/${row.dataset.id}/${step[0]}`, { source: row, target: '#rows', swap: 'none', values: step[1] });
});

document.addEventListener('pointercancel', settle);

function settle() {
  if (!held) return;
  const { row } = held;
  held = null;
  row.style.removeProperty('--by');
  delete row.dataset.swiped;
  row.removeAttribute('data-far');
}
