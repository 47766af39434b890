// Macros: what one has prepared goes below what is written already; the one who writes sends it.
import { choose } from './composer.js';

document.addEventListener('htmx:after:swap', () => {
  const carried = document.querySelector('[data-insert]');
  if (!carried) return;
  carried.remove();
  const form = document.querySelector(`form[data-composer][data-ticket="${carried.dataset.insert}"]`);
  if (!form) return;
  choose(form, 'reply');
  const { body } = form.elements;
  const before = body.value.trimEnd();
  body.value = before ? `${before}\n\n${carried.value}` : carried.value;
  body.dispatchEvent(new Event('input', { bubbles: true }));
  body.focus();
  body.setSelectionRange(body.value.length, body.value.length);
});

// The menu has done its work once a macro is looked at.
document.addEventListener('click', (event) => {
  const menu = event.target.closest('[data-macro]')?.closest('details[data-menu]');
  if (menu) menu.open = false;
});
