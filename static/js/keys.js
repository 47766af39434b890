// The keyboard. An element says which key it answers to by default: <button data-key="e">, <summary data-key="a">.
// The list of keys in the page (dialog[data-help], from the server's one table) says what somebody presses for it.
// Nothing happens while one types, composes, or holds a modifier.
import { enter } from './menu.js';
import { show } from './panes.js';

const TYPING = 'input:not([type=checkbox],[type=radio],[type=button],[type=submit]), textarea, select, [contenteditable]';
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]') || event.target.matches(TYPING)) return;
  if (perform(meant(event.key))) event.preventDefault();
});

/** Do what a key stands for by default; whether there was anything to do. */
export function perform(key) {
  const act = ACTS[key];
  return Boolean(act ? act() : press(key));
}

/** The default of the key that was pressed; "" for a key that stands for something else now. */
function meant(pressed) {
  const own = [...document.querySelectorAll('dialog[data-help] [data-default]')];
  const chosen = own.find((kbd) => kbd.textContent === pressed);
  return chosen?.dataset.default ?? (own.some((kbd) => kbd.dataset.default === pressed) ? '' : pressed);
}

const ACTS = {
  j: () => move(1),
  k: () => move(-1),
  r: () => compose('reply'),
  n: () => compose('note'),
  '/': () => reach('[data-find]'),
  '?': () => help(),
  Escape: () => back(),
};

function press(key) {
  if (!/^[a-z]$/.test(key)) return false;
  const all = [...(picking() ?? document).querySelectorAll(`[data-key="${key}"]`)];
  const found = all.find(visible) ?? all.find((e) => e.matches('a.item')); // a link in a menu that is shut
  found?.click();
  // the toggle event comes later than the next key of somebody quick
  const menu = found?.closest('details[data-menu][open]');
  if (menu) enter(menu);
  return Boolean(found);
}

/** The row that many steps from the one with the focus, or else from the open one; undefined where no list is seen. */
export function following(step) {
  const rows = [...document.querySelectorAll('.row > a')];
  if (!rows.length || !visible(rows[0])) return undefined;
  let at = rows.indexOf(document.activeElement);
  if (at < 0) at = rows.findIndex((a) => a.parentElement.hasAttribute('data-current'));
  return at < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
}

function move(step) {
  const next = following(step);
  next?.focus();
  next?.scrollIntoView({ block: 'nearest' });
  return Boolean(next);
}

/** The bar of the selected tickets: while it is there, keys are for all of them. */
const picking = () => document.querySelector('[data-bulk]:not([hidden])');

function compose(kind) {
  const form = document.querySelector('form[data-composer]');
  if (!form || picking()) return false;
  show('thread');
  form.dispatchEvent(new CustomEvent('composer:choose', { detail: kind, bubbles: true }));
  form.elements.body.focus();
  return true;
}

function reach(selector) {
  const found = [...document.querySelectorAll(selector)].find(visible);
  found?.focus();
  found?.select?.();
  return Boolean(found);
}

function help() {
  document.querySelector('dialog[data-help]')?.showModal();
  return true;
}

function back() {
  const row = document.querySelector('.row[data-current] > a');
  row?.focus();
  return Boolean(row);
}

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-help-open]')) help();
  const dialog = event.target.closest('dialog');
  if (dialog && (event.target === dialog || event.target.closest('[data-close]'))) dialog.close();
});

// ⌘ on a Mac, Ctrl elsewhere, wherever a hint names the key
if (!/Mac|iPhone|iPad/.test(navigator.platform)) {
  const words = () => document.querySelectorAll('[data-cmd]').forEach((e) => { if (e.textContent.includes('⌘')) e.textContent = e.textContent.replace('⌘', 'Ctrl+').replace('↵', 'Enter'); });
  words();
  document.addEventListener('htmx:after:swap', words);
}
