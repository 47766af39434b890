// The palette: <dialog data-palette> with a combobox over a listbox that the server fills (/console/palette).
// ⌘K or Ctrl+K opens it anywhere. What is being composed is looked up already, but nothing fires before it is done.
import htmx from './htmx.js';
import { perform } from './keys.js';

const PAUSE = 70; // ms after the last letter
const box = document.querySelector('dialog[data-palette]');
const input = box?.querySelector('input');
const list = box?.querySelector('[role="listbox"]');
const mac = /Mac|iPhone|iPad/.test(navigator.platform);
let timer;
let asking;

const ticket = () => document.querySelector('#desk [data-ticket]')?.dataset.ticket ?? '';
const options = () => [...list.querySelectorAll('[role="option"]')];
const chosen = () => list.querySelector('[aria-selected="true"]');

// ── tickets of late: their numbers alone, in this tab alone ──
const place = () => `recent:${document.querySelector('[data-agent]')?.dataset.agent ?? ''}`;
const recent = () => { try { return (sessionStorage.getItem(place()) ?? '').split(',').filter(Boolean); } catch { return []; } };

function remember() {
  const now = ticket();
  if (!now) return;
  try { sessionStorage.setItem(place(), [now, ...recent().filter((n) => n !== now)].slice(0, 8).join(',')); } catch { /* private mode */ }
}

function open() {
  if (!box || box.open) return;
  document.querySelectorAll('details[data-menu][open]').forEach((menu) => { menu.open = false; });
  input.value = '';
  list.replaceChildren();
  box.showModal();
  input.focus();
  look();
}

async function look() {
  asking?.abort();
  asking = new AbortController();
  const asked = new URLSearchParams({ q: input.value.trim(), ticket: ticket(), recent: recent().join(',') });
  let html;
  try {
    const answer = await fetch(`/console/palette?${asked}`, { headers: { 'HX-Request': 'true' }, signal: asking.signal });
    if (answer.status === 401) { location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    html = await answer.text();
  } catch (error) {
    if (error.name !== 'AbortError') fill('', true);
    return;
  }
  fill(html, false);
}

function fill(html, failed) {
  list.innerHTML = html;
  box.querySelector('[data-palette-failed]').hidden = !failed;
  if (document.querySelector('#desk')) {
    const beside = { 'hx-get': '', 'hx-target': '#desk', 'hx-swap': 'innerHTML', 'hx-push-url': 'true' };
    for (const a of list.querySelectorAll('a[data-opens]')) {
      for (const [name, value] of Object.entries(beside)) a.setAttribute(name, value || a.getAttribute('href'));
    }
  }
  htmx.process(list);
  if (!mac) list.querySelectorAll('[data-cmd]').forEach((e) => { e.textContent = e.textContent.replace('⌘', 'Ctrl+').replace('↵', 'Enter'); });
  choose(options()[0]);
  const told = box.querySelector('[data-palette-told]');
  told.textContent = told.dataset.paletteTold.replace('{}', options().length);
}

function choose(option) {
  chosen()?.setAttribute('aria-selected', 'false');
  option?.setAttribute('aria-selected', 'true');
  if (option) input.setAttribute('aria-activedescendant', option.id);
  else input.removeAttribute('aria-activedescendant');
  option?.scrollIntoView({ block: 'nearest' });
}

function take(option) {
  if (!option) return;
  box.close();
  if (option.dataset.press) perform(option.dataset.press);
  else option.click();
}

if (box) {
  document.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    if (event.key.toLowerCase() !== 'k' || !(mac ? event.metaKey : event.ctrlKey) || event.altKey || event.shiftKey) return;
    if (document.querySelector('dialog[open]:not([data-palette])')) return;
    event.preventDefault();
    if (box.open) box.close();
    else open();
  });
  document.addEventListener('click', (event) => {
    if (event.target.closest('[data-palette-open]')) open();
    if (event.target === box || event.target.closest('[data-palette-close]')) box.close();
  });
  input.addEventListener('input', () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229) return;
    const all = options();
    const at = all.indexOf(chosen());
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: Math.min(at + 8, all.length - 1), PageUp: Math.max(at - 8, 0) }[event.key];
    if (to !== undefined) choose(all[(to + all.length) % all.length]);
    else if (event.key === 'Enter') take(event.metaKey || event.ctrlKey ? all.at(-1) : chosen());
    else return;
    event.preventDefault();
  });
  list.addEventListener('pointermove', (event) => {
    const over = event.target.closest('[role="option"]');
    if (over && over !== chosen()) choose(over);
  });
  list.addEventListener('click', (event) => {
    const option = event.target.closest('[role="option"]');
    if (!option || !box.open) return; // `take` itself clicks when the box is shut
    if (event.metaKey || event.ctrlKey) return; // a link opens in another tab
    event.preventDefault();
    event.stopImmediatePropagation();
    take(option);
  }, true);
  box.addEventListener('close', () => { clearTimeout(timer); asking?.abort(); });
  document.addEventListener('submit', (event) => {
    if (event.target.matches('form[action="/sign-out"]')) { try { sessionStorage.removeItem(place()); } catch { /* private mode */ } }
  });
  remember();
  document.addEventListener('htmx:after:swap', remember);
}
