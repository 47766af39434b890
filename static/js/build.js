// The editor of views (#conditions): when the server has drawn the conditions again, the focus stays where one works, on
// what is new, or on what comes after what went, and nothing that was typed meanwhile is lost; the summary of a menu to
// tick in says what is ticked.
import htmx from './htmx.js';

const place = () => document.querySelector('#conditions');
let before = null;
let stale = false; // something was changed while the server drew: what it drew is older than what stands here

function reach(id) {
  const found = id && document.getElementById(id);
  found?.focus();
  return Boolean(found);
}

document.addEventListener('htmx:before:request', (event) => {
  if (event.detail.ctx?.target !== place()) return;
  before = document.activeElement?.id ?? '';
  stale = false;
});

document.addEventListener('input', (event) => { if (event.target.closest?.('#conditions')) stale = true; });

document.addEventListener('htmx:before:swap', (event) => {
  const { target, sourceElement } = event.detail.ctx ?? {};
  if (!stale || !target || target !== place() || !sourceElement?.isConnected) return;
  event.preventDefault();
  htmx.trigger(sourceElement, sourceElement.matches('select') ? 'change' : 'click');
});

document.addEventListener('htmx:after:swap', (event) => {
  const root = place();
  if (!root || event.detail.ctx?.target !== root) return;
  const fresh = root.querySelector('[data-fresh]')?.dataset.fresh;
  const on = before?.startsWith('remove-') ? [`add-${fresh ?? ''}`] : before?.startsWith('add-') || before?.startsWith('group-') ? [`f-${fresh}`] : [before];
  on.push('add-');
  on.some(reach);
  htmx.trigger(document.querySelector('#view-form'), 'redrawn', {});
});

document.addEventListener('change', (event) => {
  const menu = event.target.closest?.('[data-chosen]');
  if (!menu) return;
  const said = [...menu.querySelectorAll('.item:has(:checked) > span')].map((name) => name.textContent);
  menu.querySelector('summary > span').textContent = said.join(', ') || menu.dataset.chosen;
});
