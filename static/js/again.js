// Bad luck around a page that stays open: the session ended, or the right to its ticket. What was typed stays.
//   'signed-out' on document ({quiet: true} when nobody asked for anything)   opens <dialog data-again>, or a line
import htmx from './htmx.js';
import { socket } from './live.js';
import { toast } from './toast.js';

const box = document.querySelector('dialog[data-again]');
const line = document.querySelector('[data-signed-out]');
const form = box?.querySelector('form');
let back = null; // what had the focus

function ask() {
  if (!box || box.open) return;
  back = document.activeElement;
  form.querySelector('[data-wrong]').textContent = '';
  box.showModal();
  form.elements.password.focus();
}

document.addEventListener('signed-out', (event) => {
  if (!box) { location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`); return; }
  line.hidden = false; // a dialog that opened by itself would swallow what is being typed
  if (!event.detail?.quiet) ask();
});
document.addEventListener('click', (event) => { if (event.target.closest('[data-again-open]')) ask(); });

form?.addEventListener('submit', async (event) => {
  event.preventDefault();
  const wrong = form.querySelector('[data-wrong]');
  wrong.textContent = '';
  let answer;
  try {
    answer = await fetch(form.action, { method: 'POST', body: new FormData(form), headers: { Accept: 'application/json' } });
  } catch { wrong.textContent = form.dataset.failed; return; }
  if (answer.status === 204) { done(); return; }
  const said = await answer.json().catch(() => ({}));
  wrong.textContent = said.error ?? form.dataset.failed;
  form.elements.password.select();
});

function done() {
  form.elements.password.value = '';
  box.close();
  line.hidden = true;
  back?.focus?.();
  toast(form.dataset.done);
  if (socket?.connected) htmx.trigger(document.body, 'refetch', {});
  else socket?.connect(); // catches up by number
}

// Every request says whose page it is from: when somebody else signed in in another tab, nothing is done in their name.
document.addEventListener('htmx:config:request', (event) => {
  if (form) event.detail.ctx.request.headers['X-Agent'] = form.elements.agent.value;
});

// ── the right to the open ticket is gone ──
document.addEventListener('htmx:before:response', (event) => {
  const { response, request } = event.detail.ctx;
  const ticket = document.querySelector('.thread[data-ticket]');
  if (response.status !== 404 || !ticket || !new RegExp(`/console/tickets/${ticket.dataset.ticket}(/|$)`).test(String(request.action))) return;
  event.preventDefault();
  withdraw(ticket);
});

function withdraw(thread) {
  const words = document.querySelector('template[data-withdrawn]');
  if (!words || 'withdrawn' in thread.dataset) return;
  thread.dataset.withdrawn = '';
  document.title = document.querySelector('.brand')?.title ?? '';
  document.querySelector('#talk-in')?.replaceChildren(words.content.cloneNode(true));
  document.querySelector('#panel')?.replaceChildren();
  document.querySelector('#topic .facts')?.replaceChildren();
  document.querySelectorAll('#topic .bar > :not(.back, h1)').forEach((part) => part.remove());
  const title = document.querySelector('#topic-h');
  if (title) { title.textContent = `#${thread.dataset.ticket}`; title.removeAttribute('title'); }
  keep(thread.querySelector('form[data-composer]'));
}

/** Of the composer only the text is left, to be copied. */
function keep(composer) {
  const body = composer?.elements.body;
  if (!body?.value) { composer?.closest('.composer').remove(); return; }
  body.readOnly = true;
  composer.addEventListener('submit', (event) => { event.preventDefault(); event.stopImmediatePropagation(); }, true);
  const copy = document.querySelector('template[data-copy]');
  composer.querySelector('.foot')?.replaceChildren(copy.content.cloneNode(true));
  composer.querySelectorAll('.tabs, .to, [data-once]').forEach((part) => { part.hidden = true; });
  composer.querySelector('[data-copy-text]').addEventListener('click', async () => {
    body.select();
    try { await navigator.clipboard.writeText(body.value); } catch { document.execCommand('copy'); }
    toast(copy.dataset.copied);
  });
}
