// The search field suggests what may come next: a combobox over a listbox that the server fills, above it searches of
// late (this browser's, this person's, gone with signing out). Nothing is chosen until an arrow is pressed, so Enter
// searches; nothing is looked up and nothing fires while an input method is composing.
const PAUSE = 90; // ms after the last letter
const RECENT = 8;
const field = document.querySelector('input[data-find]');
const list = document.querySelector('[data-found]');
const told = document.querySelector('[data-found-told]');
let timer;
let asking;

const place = () => `searches:${document.querySelector('[data-agent]')?.dataset.agent ?? ''}`;
const recent = () => { try { return JSON.parse(localStorage.getItem(place())) ?? []; } catch { return []; } };
const options = () => [...list.querySelectorAll('[role="option"]')];
const chosen = () => list.querySelector('[aria-selected="true"]');
const open = () => list.matches(':popover-open');

function remember(text) {
  const kept = text.trim();
  if (!kept) return;
  try { localStorage.setItem(place(), JSON.stringify([kept, ...recent().filter((t) => t !== kept)].slice(0, RECENT))); } catch { /* private mode */ }
}

function close() {
  clearTimeout(timer);
  asking?.abort();
  if (open()) list.hidePopover();
  field.setAttribute('aria-expanded', 'false');
  field.removeAttribute('aria-activedescendant');
  told.textContent = '';
}

async function look() {
  asking?.abort();
  asking = new AbortController();
  const asked = new URLSearchParams({ q: field.value, at: field.selectionStart ?? field.value.length });
  let html = '';
  try {
    const answer = await fetch(`/console/search/suggest?${asked}`, { headers: { 'HX-Request': 'true' }, signal: asking.signal });
    if (answer.ok) html = await answer.text();
  } catch { /* without suggestions a search is still a search */ }
  if (asking.signal.aborted || document.activeElement !== field) return;
  const before = chosen()?.dataset.text;
  list.innerHTML = html;
  list.prepend(...late());
  if (!options().length) { close(); return; }
  show();
  choose(options().find((option) => option.dataset.text === before));
}

/** Searches of late that begin with what is typed; all of them while nothing is. */
function late() {
  const typed = field.value.trim().toLowerCase();
  const found = recent().filter((text) => text.toLowerCase() !== typed && text.toLowerCase().startsWith(typed)).slice(0, typed ? 3 : 5);
  return found.map((text, number) => {
    const line = list.parentElement.querySelector('template[data-late]').content.firstElementChild.cloneNode(true);
    line.id = `sl-${number}`;
    line.dataset.text = text;
    line.querySelector('b').textContent = text;
    return line;
  });
}

function show() {
  const { left, bottom } = field.closest('form').getBoundingClientRect();
  list.style.left = `${Math.max(8, left)}px`;
  list.style.top = `${bottom + 4}px`;
  if (!open()) list.showPopover();
  field.setAttribute('aria-expanded', 'true');
  field.removeAttribute('aria-activedescendant');
  told.textContent = told.dataset.foundTold.replace('{}', options().length);
}

function choose(option) {
  chosen()?.setAttribute('aria-selected', 'false');
  option?.setAttribute('aria-selected', 'true');
  if (option) field.setAttribute('aria-activedescendant', option.id);
  else field.removeAttribute('aria-activedescendant');
  option?.scrollIntoView({ block: 'nearest' });
}

function take(option) {
  field.value = option.dataset.text;
  const at = Number(option.dataset.at ?? field.value.length);
  field.setSelectionRange(at, at);
  choose(null);
  if (option.dataset.on !== undefined) { look(); return; }
  close();
  if (option.dataset.late !== undefined) field.form.requestSubmit();
}

if (field && list) {
  const soon = () => { clearTimeout(timer); timer = setTimeout(look, PAUSE); };
  field.addEventListener('input', (event) => { if (!event.isComposing) soon(); });
  field.addEventListener('compositionend', soon);
  field.addEventListener('focus', soon);
  field.addEventListener('blur', close);
  if (document.activeElement === field) soon(); // somebody was quicker than this script
  field.addEventListener('keydown', (event) => {
    if (event.isComposing || event.keyCode === 229 || event.ctrlKey || event.metaKey || event.altKey) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === 'ArrowDown' && !open()) look();
    else if (!open()) return;
    else if (event.key === 'ArrowDown') choose(all[at + 1]);
    else if (event.key === 'ArrowUp') choose(at < 0 ? all.at(-1) : all[at - 1]);
    else if (event.key === 'Escape') close();
    else if (event.key === 'Enter' && chosen()) take(chosen());
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  list.addEventListener('pointerdown', (event) => {
    event.preventDefault(); // the field keeps the focus
    const option = event.target.closest('[role="option"]');
    if (option) take(option);
  });
  field.form.addEventListener('submit', () => { remember(field.value); close(); });
  document.addEventListener('submit', (event) => {
    if (event.target.matches('form[action="/sign-out"]')) { try { localStorage.removeItem(place()); } catch { /* private mode */ } }
  });
}
