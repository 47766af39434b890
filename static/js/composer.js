// Writing. <form data-composer data-ticket="12" data-seen="…"> with radios name="kind" (reply | note).
// Drafts live in the browser per ticket and kind until they are sent. Enter is never acted on while composing.
import { toast } from './toast.js';

const of = (element) => element?.closest?.('form[data-composer]');
const kind = (form) => form.elements.kind?.value ?? 'reply';
const key = (form, which = kind(form)) => `draft:${form.dataset.ticket}:${which}`;
const read = (k) => { try { return localStorage.getItem(k) ?? ''; } catch { return ''; } };
const write = (k, v) => { try { v ? localStorage.setItem(k, v) : localStorage.removeItem(k); } catch { /* private mode */ } };

let timer;

function restore(form) {
  if (form.dataset.ready === form.dataset.ticket) return;
  form.dataset.ready = form.dataset.ticket;
  if (!form.elements.body.value) {
    if (!read(key(form, 'reply')) && read(key(form, 'note'))) choose(form, 'note');
    form.elements.body.value = read(key(form));
  }
  form.dataset.kind = kind(form);
  saved(form, Boolean(form.elements.body.value));
}

function choose(form, which) {
  const radio = form.querySelector(`[name="kind"][value="${which}"]`);
  if (!radio || radio.disabled) return;
  radio.checked = true;
  turn(form);
}

/** Reply and note keep their own text: what is typed for the team must never stand in a reply by accident. */
function turn(form) {
  const before = form.dataset.kind ?? 'reply';
  const now = kind(form);
  if (before === now) return;
  const body = form.elements.body;
  write(key(form, before), body.value);
  body.value = read(key(form, now));
  form.dataset.kind = now;
  body.placeholder = form.dataset[now === 'note' ? 'labelNote' : 'labelReply'] ?? '';
  body.setAttribute('aria-label', body.placeholder);
  saved(form, Boolean(body.value));
  body.focus();
}

function saved(form, yes) {
  const mark = form.querySelector('[data-saved]');
  if (mark) mark.hidden = !yes;
}

/** A message that arrives while one types stops the sending; one that was there before does not. */
function look(form) {
  const newest = document.querySelector('[data-newest]')?.dataset.newest;
  if (newest && form.elements.seen) form.elements.seen.value = newest;
}

document.addEventListener('focusin', (event) => {
  const form = of(event.target);
  if (form && event.target.name === 'body' && !event.target.value) look(form);
});

document.addEventListener('input', (event) => {
  const form = of(event.target);
  if (!form || event.target.name !== 'body') return;
  if (event.target.value.length <= 1) look(form);
  clearTimeout(timer);
  timer = setTimeout(() => { write(key(form), form.elements.body.value); saved(form, Boolean(form.elements.body.value)); }, 250);
});

document.addEventListener('change', (event) => {
  const form = of(event.target);
  if (!form) return;
  if (event.target.name === 'kind') turn(form);
  if (event.target.type === 'file') { add(form, [...event.target.files]); }
});

document.addEventListener('keydown', (event) => {
  const form = of(event.target);
  if (!form || event.isComposing || event.keyCode === 229) return;
  if (event.key === 'Enter' && (event.metaKey || event.ctrlKey)) {
    event.preventDefault();
    form.requestSubmit(form.querySelector(`[data-send="${kind(form)}"]`));
  } else if (event.key === 'Escape' && event.target.name === 'body') {
    event.target.blur();
  }
});

// ── attachments: picker, drop, paste; one list ──
const kept = new WeakMap(); // form -> File[]

function add(form, files) {
  const limit = Number(form.dataset.maxFile || 0);
  const fit = files.filter((file) => !limit || file.size <= limit);
  if (fit.length < files.length) toast(form.dataset.tooLarge, true);
  const known = kept.get(form) ?? [];
  const fresh = fit.filter((f) => !known.some((k) => k.name === f.name && k.size === f.size && k.lastModified === f.lastModified));
  keep(form, [...known, ...fresh]);
}

function keep(form, files) {
  kept.set(form, files);
  const hold = new DataTransfer();
  files.forEach((file) => hold.items.add(file));
  form.querySelector('input[type="file"]').files = hold.files;
  const list = form.querySelector('[data-files]');
  list.replaceChildren(...files.map((file, index) => {
    const line = form.querySelector('template[data-file]').content.firstElementChild.cloneNode(true);
    line.querySelector('b').textContent = file.name;
    line.querySelector('small').textContent = size(file.size);
    const button = line.querySelector('button');
    button.setAttribute('aria-label', `${button.getAttribute('aria-label')}: ${file.name}`);
    button.addEventListener('click', () => { keep(form, files.filter((_, i) => i !== index)); form.elements.body.focus(); });
    return line;
  }));
}

const size = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${Math.round(n / 1024)} kB` : `${(n / 1048576).toFixed(1)} MB`);
const carries = (event) => event.dataTransfer?.types.includes('Files');

document.addEventListener('paste', (event) => {
  const form = of(event.target);
  const files = [...(event.clipboardData?.files ?? [])];
  if (!form || !files.length) return;
  event.preventDefault();
  add(form, files);
});

document.addEventListener('dragover', (event) => {
  if (!carries(event)) return;
  event.preventDefault(); // a file dropped beside the composer must not replace the page
  const form = document.querySelector('form[data-composer]');
  const into = form && event.target.closest('.thread');
  if (into) form.closest('.composer').dataset.drop = form.dataset.dropHere;
  event.dataTransfer.dropEffect = into ? 'copy' : 'none';
});
const undrop = () => document.querySelector('.composer[data-drop]')?.removeAttribute('data-drop');
document.addEventListener('dragleave', (event) => { if (!event.relatedTarget) undrop(); });
document.addEventListener('drop', (event) => {
  if (!carries(event)) return;
  event.preventDefault();
  const form = event.target.closest('.thread')?.querySelector('form[data-composer]');
  undrop();
  if (form) { add(form, [...event.dataTransfer.files]); form.elements.body.focus(); }
});

// A new try: what was said about the last one goes.
document.addEventListener('htmx:before:request', (event) => {
  if (event.target.matches?.('form[data-composer]')) event.target.querySelectorAll('[data-once]').forEach((e) => e.replaceChildren());
});

// ── sent ──
document.addEventListener('sent', (event) => {
  const form = document.querySelector(`form[data-composer][data-ticket="${event.detail.ticket}"]`);
  write(`draft:${event.detail.ticket}:${event.detail.kind}`, '');
  if (!form) return;
  clearTimeout(timer);
  form.elements.body.value = '';
  keep(form, []);
  form.querySelectorAll('[data-once]').forEach((e) => e.replaceChildren());
  saved(form, false);
  look(form);
  const talk = document.querySelector('.talk');
  if (talk) talk.scrollTop = 0; // column-reverse: nought is the end
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-guard-close]')) {
    const form = of(event.target) ?? document.querySelector('form[data-composer]');
    look(form);
    form.querySelectorAll('[data-once]').forEach((e) => e.replaceChildren());
    form.elements.body.focus();
  }
});

export { choose };
const ready = () => document.querySelectorAll('form[data-composer]').forEach(restore);
ready();
document.addEventListener('htmx:after:swap', ready);
document.addEventListener('htmx:after:swap', () => document.querySelector('[data-once] [autofocus]')?.focus());
