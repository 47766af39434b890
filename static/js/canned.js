// `/` at the start of a line or after a blank opens the canned replies. One that asks for something shows a small form
// first (<dialog data-asks>); its files join the draft on the server.
import { alone, draft, filed } from './drafts.js';
import { element, folded, offer, put } from './suggest.js';
import { toast } from './toast.js';

const ready = new Map(); // ticket -> Promise of [{id, name, shortcut, keys, said, other, files}]
const words = () => document.querySelector('template[data-canned]')?.dataset ?? {};
const url = (form) => `/console/tickets/${form.dataset.ticket}/canned`;

function load(form) {
  const { ticket } = form.dataset;
  if (!ready.has(ticket)) {
    ready.clear(); // the next ticket asks again: somebody may have written a new one
    ready.set(ticket, fetch(url(form), { headers: { Accept: 'application/json' } })
      .then((answer) => (answer.ok ? answer.json() : [])).catch(() => { ready.delete(ticket); return []; }));
  }
  return ready.get(ticket);
}

/** The likeliest first: the short word, then a beginning, then anywhere. */
function sift(all, part) {
  if (!part && !all.length) toast(words().none);
  const rank = ({ shortcut, keys }) => {
    if (!part || folded(shortcut).startsWith(part)) return 0;
    if (keys.some((key) => folded(key).startsWith(part))) return 1;
    return keys.some((key) => folded(key).includes(part)) ? 2 : 9;
  };
  return all.map((one) => [rank(one), one]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
}

function line({ name, shortcut, said, other, files }, { dataset }) {
  const hints = [other, files ? dataset.carries : '', shortcut && `/${shortcut}`].filter(Boolean);
  return [element('b', name), element('span', said, { className: 'said' }), element('small', hints.join(' · '))];
}

async function take(one, place) {
  const form = place.body.form;
  const kind = form.elements.kind.value;
  const asked = () => fetch(`${url(form)}/${one.id}`, { method: 'POST', body: new URLSearchParams({ kind }), headers: { Accept: 'application/json' } });
  let said;
  try {
    const answer = await (one.files ? alone(draft(form, kind), asked) : asked());
    said = answer.ok || answer.status === 422 ? await answer.json() : {};
  } catch { said = {}; }
  if (said.files) filed(form, kind, said.version, said.files);
  if (said.text === undefined) { toast(said.sentence ?? words().failed, true); return; }
  const text = said.asks.length ? await filledIn(said.text, said.asks) : said.text;
  place.body.focus();
  if (text !== null) put(place, text);
}

/** The text with what was asked for; null when its writer thought better of it. */
function filledIn(text, asks) {
  const box = document.querySelector('dialog[data-asks]');
  const fields = box.querySelector('[data-fields]');
  fields.replaceChildren(...asks.map((name, index) => {
    const field = element('div', '', { className: 'field' });
    field.append(element('label', name, { htmlFor: `ask-${index}` }), element('input', '', { id: `ask-${index}`, className: 'input', required: true, autocomplete: 'off', maxLength: 500 }));
    return field;
  }));
  box.returnValue = '';
  box.showModal();
  fields.querySelector('input').focus();
  return new Promise((done) => {
    box.addEventListener('close', () => {
      if (box.returnValue !== 'ok') { done(null); return; }
      const values = asks.map((_, index) => fields.querySelector(`#ask-${index}`).value.trim());
      done(text.replace(/\{\{\s*\?\s*([^{}\n]*?)\s*\}\}/g, (whole, name) => values[asks.indexOf(name)] ?? whole));
    }, { once: true });
  });
}

offer({ name: 'canned', before: /(?:^|[\s、。])[/／]([^\s/／]{0,30})$/u, load, sift, line, take });
