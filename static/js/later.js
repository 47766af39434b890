// Send later: <input data-later> in the menu beside Send names a time in free words; its button carries what was typed.
// The input belongs to no form, so that Enter in it can never send at once. An undone reply comes back into the composer.
document.addEventListener('input', (event) => {
  if (!event.target.matches('[data-later]')) return;
  const button = document.querySelector('[data-later-send]');
  button.value = event.target.value.trim();
  button.hidden = !button.value;
});

document.addEventListener('keydown', (event) => {
  if (!event.target.matches?.('[data-later]') || event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  event.stopPropagation();
  const button = document.querySelector('[data-later-send]');
  if (button.value) button.click();
}, true);

document.addEventListener('sent', () => {
  document.querySelectorAll('details[data-menu="later"][open]').forEach((menu) => { menu.open = false; });
  document.querySelectorAll('[data-later]').forEach((input) => { input.value = ''; input.dispatchEvent(new Event('input', { bubbles: true })); });
});

document.addEventListener('undone', async (event) => {
  const { ticket, kind, quiet } = event.detail;
  const form = document.querySelector(`form[data-composer][data-ticket="${ticket}"]`);
  if (!form) return;
  const answer = await fetch(`/console/tickets/${ticket}/draft`, { headers: { Accept: 'application/json' } });
  if (!answer.ok) return;
  const draft = (await answer.json())[kind];
  if (draft) form.dispatchEvent(new CustomEvent('draft', { bubbles: true, detail: { ticket, kind, quiet, ...draft } }));
});

// A reply that a colleague sends back while its ticket is open here comes back, too. What stood there when the composer
// was drawn is in it already.
const known = new WeakMap(); // form -> number of what came back
function back() {
  const form = document.querySelector('form[data-composer]');
  if (!form) return;
  const now = document.querySelector('[data-returned]')?.dataset.returned ?? '';
  const fresh = known.has(form) && now && known.get(form) !== now;
  known.set(form, now);
  if (fresh) document.dispatchEvent(new CustomEvent('undone', { detail: { ticket: form.dataset.ticket, kind: 'reply', quiet: true } }));
}
back();
document.addEventListener('htmx:after:swap', back);
