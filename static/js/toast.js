// Toasts: <div data-toasts role="status"> holds them; each leaves by itself unless somebody is at it.
// The server sends one as a partial into that place, or as HX-Trigger: {"toast": {"text": "…", "wrong": true}}.
const STAY = 8000; // ms
const MOST = 2; // at once; older ones give way

const place = () => document.querySelector('[data-toasts]');

function arm(toast) {
  if (toast.dataset.armed) return;
  toast.dataset.armed = '';
  const stay = Number(toast.dataset.stay) * 1000; // what it offers ends: then it goes, whoever is at it
  let timer = setTimeout(() => toast.remove(), stay || STAY);
  if (stay) return;
  const hold = () => clearTimeout(timer);
  const free = () => { hold(); timer = setTimeout(() => toast.remove(), STAY / 2); };
  toast.addEventListener('pointerenter', hold);
  toast.addEventListener('focusin', hold);
  toast.addEventListener('pointerleave', free);
  toast.addEventListener('focusout', free);
}

export function toast(text, wrong = false) {
  const blank = document.querySelector('template[data-toast-blank]');
  if (!blank || !place()) return;
  const made = blank.content.firstElementChild.cloneNode(true);
  made.querySelector('p').textContent = text;
  made.classList.toggle('toast--wrong', wrong);
  place().append(made);
  armAll();
}

function armAll() {
  const all = [...(place()?.querySelectorAll('.toast') ?? [])];
  all.slice(0, -MOST).forEach((old) => old.remove());
  all.slice(-MOST).forEach(arm);
}
armAll();
document.addEventListener('htmx:after:swap', armAll);
document.addEventListener('toast', (event) => toast(event.detail.text, event.detail.wrong));
document.addEventListener('click', (event) => event.target.closest('[data-dismiss]')?.closest('.toast')?.remove());
// Undo inside a toast answers at once; the toast has done its work.
document.addEventListener('htmx:finally:request', (event) => event.target.closest?.('.toast')?.remove());

// The network or the server failed: say so, and leave everything as it stands.
document.addEventListener('htmx:error', (event) => {
  if (event.detail.ctx?.sourceEvent?.type?.includes('refetch')) return;
  const words = place()?.dataset.failed;
  if (words && event.detail.ctx?.request?.method !== 'GET') toast(words, true);
});
