// To, Cc and Bcc: <div data-whom> with a list of chips for each part and a hidden field that is sent. Nothing is sent of
// it while nobody has changed it (`addressed` is disabled then). Enter, a comma or leaving the field makes a chip.
import { draft, typed } from './drafts.js';

const PARTS = ['to', 'cc', 'bcc'];
const ADDRESS = /^(?:[^<>]*<)?[^\s<>,;:"()[\]\\@]{1,64}@(?:[^\s<>,;:"()[\]\\@.]+\.)+[^\s<>,;:"()[\]\\@.]{2,}>?$/u;
const whole = (text) => text.normalize('NFKC').split(/[,;、\n]+/u).map((part) => part.trim()).filter(Boolean);
const box = (form) => form.querySelector('[data-whom]');
const chips = (form, part) => form.querySelector(`[data-chips="${part}"]`);
const input = (form, part) => chips(form, part).querySelector('input');

/** The chips of all parts as the hidden fields have them. */
function draw(form) {
  for (const part of PARTS) {
    const list = chips(form, part);
    const names = JSON.parse(list.dataset.names || '{}');
    const all = whole(form.elements[part].value);
    const words = box(form).dataset;
    [...list.querySelectorAll('[data-address]')].forEach((chip) => chip.remove());
    input(form, part).parentElement.before(...all.map((address) => chip(form, part, address, names[address], words)));
    const said = form.querySelector(`[data-said="${part}"]`);
    if (!said) continue;
    said.textContent = all.map((address) => names[address] || address).join(', ');
    if (part !== 'to') said.parentElement.hidden = !all.length;
  }
}

function chip(form, part, address, name, words) {
  const made = Object.assign(document.createElement('li'), { className: 'chip' });
  made.dataset.address = address;
  const fine = ADDRESS.test(address);
  made.classList.toggle('chip--wrong', !fine);
  made.title = fine ? address : `${address}: ${words.wrong}`;
  const text = Object.assign(document.createElement('span'), { textContent: name ? `${name} <${address}>` : address });
  const off = Object.assign(document.createElement('button'), { type: 'button', textContent: '×' });
  off.setAttribute('aria-label', `${words.remove}: ${address}${fine ? '' : ` (${words.wrong})`}`);
  off.addEventListener('click', () => { change(form, part, whole(form.elements[part].value).filter((other) => other !== address)); input(form, part).focus(); });
  made.append(text, off);
  return made;
}

/** Somebody chooses: it is sent as it stands now, kept with the draft, and drawn. */
function change(form, part, addresses) {
  form.elements[part].value = [...new Set(addresses)].join(', ');
  form.elements.addressed.disabled = false;
  draw(form);
  typed(form, 'reply', draft(form, 'reply').text);
}

function commit(field) {
  const form = field.form;
  const { chips: part } = field.closest('[data-chips]').dataset;
  const fresh = whole(field.value);
  field.value = '';
  if (fresh.length) change(form, part, [...whole(form.elements[part].value), ...fresh]);
}

/** What a draft or an undone reply says of its recipients. */
function restore(form, kept) {
  if (!form.elements.addressed || !kept || kept.to === undefined) return;
  PARTS.forEach((part) => { form.elements[part].value = kept[part] ?? ''; });
  form.elements.addressed.disabled = false;
  draw(form);
}

function open(form, wide) {
  box(form).hidden = !wide;
  form.querySelector('[data-whom-open]').setAttribute('aria-expanded', String(wide));
}

const fieldOf = (event) => (event.target.matches?.('[data-chips] input') ? event.target : null);

document.addEventListener('click', (event) => {
  const form = event.target.closest('form[data-composer]');
  if (!form) return;
  if (event.target.closest('[data-whom-open]')) {
    open(form, box(form).hidden);
    if (!box(form).hidden) input(form, 'cc').focus();
  }
  const wished = event.target.closest('[data-wished]');
  if (wished) { change(form, 'to', [wished.dataset.wished]); wished.parentElement.hidden = true; form.elements.body.focus(); }
});

// first of all who listens: Enter makes a chip and sends nothing
document.addEventListener('keydown', (event) => {
  const field = fieldOf(event);
  if (!field || event.isComposing || event.keyCode === 229 || event.metaKey || event.ctrlKey) {
    if (field && event.key === 'Enter' && (event.metaKey || event.ctrlKey)) commit(field); // sent with what stands there
    return;
  }
  const text = field.value.trim();
  if (event.key === 'Enter' || (text && [',', ';', '、', '，'].includes(event.key))) { event.preventDefault(); commit(field); }
  else if (event.key === 'Backspace' && !field.value) {
    const { form } = field;
    const { chips: part } = field.closest('[data-chips]').dataset;
    const all = whole(form.elements[part].value);
    if (all.length) change(form, part, all.slice(0, -1));
  } else if (event.key === 'Escape') {
    event.preventDefault();
    commit(field);
    open(field.form, false);
    field.form.elements.body.focus();
  }
}, true);
document.addEventListener('focusout', (event) => { const field = fieldOf(event); if (field?.value.trim()) commit(field); });

document.addEventListener('draft', (event) => {
  const form = event.target.closest?.('form[data-composer]');
  if (form) restore(form, event.detail.recipients);
});
document.addEventListener('sent', (event) => { // what was seen stays, but nobody is in Bcc twice by accident
  const form = document.querySelector(`form[data-composer][data-ticket="${event.detail.ticket}"]`);
  if (!form?.elements.addressed || event.detail.kind !== 'reply') return;
  form.elements.bcc.value = '';
  draw(form);
});

const ready = () => document.querySelectorAll('form[data-composer]:not([data-whom-ready])').forEach((form) => {
  form.dataset.whomReady = '';
  if (!box(form)) return;
  draw(form);
  restore(form, draft(form, 'reply').recipients);
});
ready();
document.addEventListener('htmx:after:swap', ready);
