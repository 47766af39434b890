// Writing. <form data-composer data-ticket="12" data-seen="…"> with radios name="kind" (reply | note).
// 'composer:choose' on it, with the kind, turns it. What was typed is kept by drafts.js until it is sent. Enter is never acted on while composing.
import { draft, mark, recover, sent, take, typed } from './drafts.js';
import { toast } from './toast.js';

const of = (element) => element?.closest?.('form[data-composer]');
const kind = (form) => form.elements.kind?.value ?? 'reply';

function restore(form) {
  if (form.dataset.ready === form.dataset.ticket) return;
  form.dataset.ready = form.dataset.ticket;
  recover(form);
  if (!draft(form, 'reply').text && draft(form, 'note').text) check(form, 'note');
  show(form); // the focus stays where it is: who only reads goes on with single keys
}

/** The radio of a kind, chosen; whether it can be. */
function check(form, which) {
  const radio = form.querySelector(`[name="kind"][value="${which}"]`);
  if (!radio || radio.disabled) return false;
  radio.checked = true;
  return true;
}

function choose(form, which) {
  if (check(form, which)) turn(form);
}

document.addEventListener('composer:choose', (event) => choose(event.target, event.detail));

/** Reply and note keep their own text: what is typed for the team must never stand in a reply by accident. */
function turn(form) {
  if ((form.dataset.kind ?? 'reply') === kind(form)) return;
  show(form);
  form.elements.body.focus();
}

/** The draft of the kind that is chosen, in the composer. */
function show(form) {
  const now = kind(form);
  const one = draft(form, now);
  const { body } = form.elements;
  form.dataset.kind = now;
  if (body.value !== one.text) body.value = one.text;
  body.setSelectionRange(body.value.length, body.value.length);
  body.placeholder = form.dataset[now === 'note' ? 'labelNote' : 'labelReply'] ?? '';
  body.setAttribute('aria-label', body.placeholder);
  mark(one);
  list(form);
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
  typed(form, kind(form), event.target.value);
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

// ── attachments: picker, drop (and paste.js); one list ──
const kept = new WeakMap(); // form -> File[]

export function add(form, files) {
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
  const input = form.querySelector('input[type="file"]');
  if (input) input.files = hold.files;
  list(form);
}

/** All files that would go: those of this window, and those that the draft has on the server. */
function list(form) {
  const own = kept.get(form) ?? [];
  const one = draft(form, kind(form));
  const again = () => { form.elements.body.focus(); };
  form.querySelector('[data-files]').replaceChildren(
    ...one.files.map((file) => line(form, file.name, file.size, file.blob, () => { one.files = one.files.filter((f) => f !== file); typed(form, one.kind, one.text); list(form); again(); })),
    ...own.map((file) => line(form, file.name, size(file.size), '', () => { keep(form, own.filter((f) => f !== file)); again(); })),
  );
}

function line(form, name, bytes, blob, remove) {
  const made = form.querySelector('template[data-file]').content.firstElementChild.cloneNode(true);
  made.querySelector('b').textContent = name;
  made.querySelector('small').textContent = bytes;
  const hidden = made.querySelector('input');
  if (blob) hidden.value = blob; else hidden.remove();
  const button = made.querySelector('button');
  button.setAttribute('aria-label', `${button.getAttribute('aria-label')}: ${name}`);
  button.addEventListener('click', remove);
  return made;
}

const size = (n) => (n < 1024 ? `${n} B` : n < 1048576 ? `${Math.round(n / 1024)} kB` : `${(n / 1048576).toFixed(1)} MB`);
const carries = (event) => event.dataTransfer?.types.includes('Files');

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
  const { ticket, kind: which } = event.detail;
  sent(ticket, which);
  const form = document.querySelector(`form[data-composer][data-ticket="${ticket}"]`);
  if (!form) return;
  keep(form, []);
  show(form);
  form.querySelectorAll('[data-once]').forEach((e) => e.replaceChildren());
  look(form);
  const talk = document.querySelector('.talk');
  if (talk) talk.scrollTop = 0; // column-reverse: nought is the end
});

document.addEventListener('draft:files', (event) => list(of(event.target)));

document.addEventListener('draft:taken', (event) => {
  const form = of(event.target);
  if (kind(form) === event.detail) show(form);
  form.elements.body.focus();
});

// The server gives a text back: a reply that was undone.
document.addEventListener('draft', (event) => {
  const { ticket, kind: which, text, version, files, quiet } = event.detail;
  const form = document.querySelector(`form[data-composer][data-ticket="${ticket}"]`);
  if (!form) return;
  take(form, which, text, version, files);
  if (quiet) { show(form); return; } // nobody here has asked for it: the focus stays where it is
  choose(form, which);
  show(form);
  form.elements.body.focus();
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
