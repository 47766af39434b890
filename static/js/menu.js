// <details class="menu" data-menu>: closes outside and on Escape, arrows move, one open at a time.
// <input data-sift> inside sifts the items by what they say and by data-words (readings, addresses).
const open = () => [...document.querySelectorAll('details[data-menu][open]')];
const items = (menu) => [...menu.querySelectorAll('.item')].filter((i) => i.offsetParent !== null);

export function close(menu, refocus = false) {
  menu.open = false;
  if (refocus) menu.querySelector('summary').focus();
}

document.addEventListener('toggle', (event) => {
  const menu = event.target;
  if (!menu.matches?.('details[data-menu]') || !menu.open) return;
  enter(menu);
}, true);

/** The menu was opened: its sieve, its present choice or its first item takes the focus, unless one has it already. */
export function enter(menu) {
  open().forEach((other) => other !== menu && close(other));
  if (menu.querySelector('.sheet')?.contains(document.activeElement)) return;
  const sift = menu.querySelector('[data-sift]');
  if (sift) { sift.value = ''; sieve(menu, ''); }
  const first = sift ?? menu.querySelector('.item[aria-current="true"]') ?? items(menu)[0];
  (first?.matches('label') ? first.querySelector('input') : first)?.focus();
}

document.addEventListener('pointerdown', (event) => {
  open().forEach((menu) => menu.contains(event.target) || close(menu));
});

document.addEventListener('keydown', (event) => {
  if (event.isComposing || event.keyCode === 229) return;
  const menu = event.target.closest?.('details[data-menu][open]');
  if (!menu) return;
  if (event.key === 'Escape') { close(menu, true); event.stopPropagation(); return; }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) {
    // Enter takes the first item that is left; where new ones can be made (data-new) it takes what was typed
    if (event.key === 'Enter' && event.target.matches('[data-sift]:not([data-new])')) { event.preventDefault(); items(menu)[0]?.click(); }
    return;
  }
  event.preventDefault();
  const all = items(menu);
  const at = all.indexOf(document.activeElement.closest('.item'));
  const next = all[(at + step + all.length) % all.length];
  (next?.matches('label') ? next.querySelector('input') : next)?.focus();
});

document.addEventListener('input', (event) => {
  if (event.target.matches('[data-sift]')) sieve(event.target.closest('[data-menu]'), event.target.value);
});

function sieve(menu, text) {
  const words = text.normalize('NFKC').toLowerCase().trim();
  for (const item of menu.querySelectorAll('.item')) {
    const own = `${item.textContent} ${item.dataset.words ?? ''}`.normalize('NFKC').toLowerCase();
    item.hidden = Boolean(words) && !own.includes(words);
  }
}

// Something was chosen: the menu closes before the answer is there. Menus to tick in (data-menu="stay") stay.
document.addEventListener('htmx:before:request', (event) => {
  const menu = event.target.closest?.('details[data-menu][open]');
  if (!menu || (event.detail.ctx?.request?.method === 'GET' && !event.target.matches('[data-asks]'))) return; // asking is not choosing
  if (menu.dataset.menu !== 'stay') return close(menu, true);
  const sift = menu.querySelector('[data-sift]');
  if (sift) { sift.value = ''; sieve(menu, ''); sift.focus(); }
});

// A live update puts every item back: what was typed to sift by holds.
document.addEventListener('htmx:after:swap', () => {
  for (const menu of open()) {
    const sift = menu.querySelector('[data-sift]');
    if (sift?.value) sieve(menu, sift.value);
  }
});
