// The keyboard. An element says which key it answers to: <button data-key="e">, <summary data-key="a">.
// Nothing happens while one types, composes, or holds a modifier.
import { choose } from './composer.js';
import { enter } from './menu.js';
import { show } from './panes.js';

const TYPING = 'input:not([type=checkbox],[type=radio],[type=button],[type=submit]), textarea, select, [contenteditable]';
const visible = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (document.querySelector('dialog[open]') || event.target.matches(TYPING)) return;
  const act = ACTS[event.key];
  if (act ? act() : press(event.key)) event.preventDefault();
});

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
  const found = [...document.querySelectorAll(`[data-key="${key}"]`)].find(visible);
  found?.click();
  // the toggle event comes later than the next key of somebody quick
  const menu = found?.closest('details[data-menu][open]');
  if (menu) enter(menu);
  return Boolean(found);
}

function move(step) {
  const rows = [...document.querySelectorAll('.row > a')];
  if (!rows.length) return false;
  if (!visible(rows[0])) return false;
  let at = rows.indexOf(document.activeElement);
  if (at < 0) at = rows.findIndex((a) => a.parentElement.hasAttribute('data-current'));
  const next = at < 0 ? rows[0] : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  next.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
}

function compose(kind) {
  const form = document.querySelector('form[data-composer]');
  if (!form) return false;
  show('thread');
  choose(form, kind);
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
