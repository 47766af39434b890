// Drafts: saved on the server by ticket, agent and kind while one types. This browser keeps what the server has not got yet:
// while offline, after a crash, when the session ended. <form data-composer data-drafts='{"reply": {"text", "version", "files"}}'>
const SOON = 250; // ms until this browser keeps what was typed
const SAVE = 800; // ms until the server has it
const AGAIN = 8000; // ms until a save that failed is tried again
const CROSSED = 15000; // ms in which a page may be drawn from before a save that the page before it made
const agent = () => document.querySelector('[data-agent]')?.dataset.agent ?? '';
const mine = () => `draft:${agent()}:`; // a machine may be shared: everybody has drafts of their own
const place = (form, kind) => `${mine()}${form.dataset.ticket}:${kind}`;
const local = {
  get(key) { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
  set(key, value) { try { value ? localStorage.setItem(key, JSON.stringify(value)) : localStorage.removeItem(key); } catch { /* private mode */ } },
};

const known = new WeakMap(); // form -> { reply: Draft, note: Draft }
const unsaved = new Set(); // drafts that the server has not got
let left = false; // this page is being left: the next one may have been drawn before our last save

/** The draft of a form and kind: { form, kind, text, version, files, key } */
export function draft(form, kind) {
  if (!known.has(form)) known.set(form, load(form));
  return known.get(form)[kind];
}

function load(form) {
  const server = JSON.parse(form.dataset.drafts || '{}');
  const one = (kind) => ({ form, kind, text: '', version: 0, files: [], key: place(form, kind), ...server[kind] });
  return { reply: one('reply'), note: one('note') };
}

/** Once when a composer appears: what this browser kept and the server never got comes back. */
export function recover(form) {
  for (const kind of ['reply', 'note']) {
    const here = draft(form, kind);
    const kept = local.get(here.key);
    if (!kept || kept.text === here.text) { local.set(here.key, null); continue; }
    if (kept.saved) { overtake(here, kept); continue; }
    if (kept.version === here.version || !here.text) { here.text = kept.text; changed(here); } else ask(here, kept.text, form.dataset.labelLeft);
  }
}

/** The page before this one saved while this one was on its way: what the server has is newer than what was drawn. */
function overtake(here, { text, version, saved }) {
  local.set(here.key, null);
  if (version > here.version && Date.now() - saved < CROSSED) Object.assign(here, { text, version });
}

/** What was typed: kept here at once, on the server soon. */
export function typed(form, kind, text) {
  const one = draft(form, kind);
  one.text = text;
  changed(one);
}

function changed(one) {
  unsaved.add(one);
  one.soon ??= setTimeout(() => keep(one), SOON);
  one.save ??= setTimeout(() => save(one), SAVE);
}

function keep(one) {
  clearTimeout(one.soon);
  one.soon = null;
  if (unsaved.has(one)) local.set(one.key, { text: one.text, version: one.version });
}

async function save(one) {
  keep(one);
  clearTimeout(one.save);
  one.save = null;
  if (one.busy || one.asking || !unsaved.has(one)) return;
  one.busy = true;
  const { text, epoch } = one;
  const body = new URLSearchParams({ kind: one.kind, body: text, version: one.version, listed: 1 });
  one.files.forEach((file) => body.append('kept', file.blob));
  const whom = ['to', 'cc', 'bcc', 'addressed'].map((part) => one.form.elements[part]).filter((e) => e && !e.disabled);
  if (one.kind === 'reply') whom.forEach((field) => body.append(field.name, field.value));
  let answer;
  try {
    answer = await fetch(`/console/tickets/${one.form.dataset.ticket}/draft`, { method: 'POST', body, keepalive: body.toString().length < 60000, headers: { Accept: 'application/json' } });
    const said = answer.ok || answer.status === 409 ? await answer.json() : {};
    one.busy = false;
    if (epoch !== one.epoch) return answer.ok && said.version && drop(one, said.version); // sent meanwhile: it must not come back
    if (answer.ok) return done(one, text, said.version);
    if (answer.status === 409) return ask(one, said.text, said.sentence, said.version, said.gone);
    if (answer.status === 404 || answer.status === 403) return tell(one, one.form.dataset.labelShut);
    if (answer.status === 422) return tell(one, one.form.dataset.labelLong);
  } catch { one.busy = false; }
  mark(one, 'here');
  one.save ??= setTimeout(() => save(one), AGAIN);
}

function done(one, text, version) {
  one.version = version;
  if (one.text !== text) return changed(one);
  unsaved.delete(one);
  local.set(one.key, left && !leaving ? { text, version, saved: Date.now() } : null);
  mark(one);
}

/** A save that was under way when the text was sent. */
function drop(one, version) {
  const body = new URLSearchParams({ kind: one.kind, body: '', version, listed: 1 });
  fetch(`/console/tickets/${one.form.dataset.ticket}/draft`, { method: 'POST', body });
}

/** It was sent: nothing of it stays. */
export function sent(ticket, kind) {
  local.set(`${mine()}${ticket}:${kind}`, null);
  const form = document.querySelector(`form[data-composer][data-ticket="${ticket}"]`);
  if (!form) return;
  const one = draft(form, kind);
  clear(one);
  Object.assign(one, { text: '', version: 0, files: [], epoch: (one.epoch ?? 0) + 1, asking: false });
  mark(one, '');
}

function clear(one) {
  unsaved.delete(one);
  clearTimeout(one.soon);
  clearTimeout(one.save);
  one.soon = one.save = null;
}

/** The server has put a text back (an undone reply): it comes before whatever was begun since. */
export function take(form, kind, text, version, files) {
  const one = draft(form, kind);
  const rest = one.text.trim() && !text.includes(one.text) ? `\n\n${one.text}` : '';
  Object.assign(one, { text: text + rest, version, files });
  if (rest) changed(one); else done(one, one.text, version);
  return one;
}

/** The server changes the draft by itself (`step`): nothing is saved before or while it does. */
export async function alone(one, step) {
  while (one.busy) await new Promise((go) => setTimeout(go, 40));
  one.busy = true;
  try { return await step(); } finally {
    one.busy = false;
    if (unsaved.has(one)) changed(one);
  }
}

/** Files that the server put into a draft. */
export function filed(form, kind, version, files) {
  Object.assign(draft(form, kind), { version, files });
  form.dispatchEvent(new CustomEvent('draft:files', { bubbles: true }));
}

export function mark(one, where = unsaved.has(one) ? 'here' : one.text.trim() || one.files.length ? 'server' : '') {
  const { form } = one;
  const sign = form.querySelector('[data-saved]');
  if (!sign || form.elements.kind.value !== one.kind) return;
  sign.hidden = !where;
  const words = sign.querySelector('span');
  if (where && words) words.textContent = sign.dataset[where];
}

function tell(one, sentence) {
  const wrong = one.form.querySelector('#composer-wrong');
  if (wrong) wrong.textContent = sentence;
  mark(one, 'here');
}

/** Two texts of one draft: its writer chooses, nobody else. The other one is shown before it is taken. */
function ask(one, other, sentence, version = one.version, gone = false) {
  one.asking = true;
  const { form } = one;
  const guard = form.querySelector('template[data-elsewhere]').content.firstElementChild.cloneNode(true);
  guard.querySelector('b').textContent = sentence;
  guard.querySelector('q').textContent = other.slice(0, 160);
  guard.querySelector('q').hidden = !other;
  const choose = (text) => {
    Object.assign(one, { asking: false, version, text });
    guard.remove();
    form.dispatchEvent(new CustomEvent('draft:taken', { detail: one.kind, bubbles: true }));
    changed(one);
  };
  guard.querySelector('[data-take]').hidden = gone;
  guard.querySelector('[data-take]').addEventListener('click', () => choose(other));
  guard.querySelector('[data-drop]').hidden = !gone;
  guard.querySelector('[data-drop]').addEventListener('click', () => choose(''));
  guard.querySelector('[data-keep]').addEventListener('click', () => choose(one.text));
  form.querySelector('#composer-guard').replaceChildren(guard);
}

const flush = () => unsaved.forEach((one) => { keep(one); save(one); });
addEventListener('beforeunload', () => { left = true; setTimeout(() => { left = false; }, CROSSED); }); // a download leaves nothing
addEventListener('pagehide', flush);
addEventListener('online', flush);
document.addEventListener('visibilitychange', () => document.hidden && flush());
document.addEventListener('htmx:before:swap', () => unsaved.forEach(keep));

// Signing out waits for what the server has not got; then nothing of it stays on the machine. What could not be saved
// stays, for its writer alone: a session that merely ended loses nothing either.
let leaving = false;
async function settle(one) {
  const end = Date.now() + 3000;
  while (unsaved.has(one) && !one.asking && Date.now() < end) {
    await save(one);
    if (unsaved.has(one)) await new Promise((go) => setTimeout(go, 60)); // another save is under way
  }
}

document.addEventListener('submit', async (event) => {
  const form = event.target;
  if (!form.matches('form[action="/sign-out"]')) return;
  if (unsaved.size && !leaving) {
    event.preventDefault();
    leaving = true;
    await Promise.all([...unsaved].map(settle));
    form.requestSubmit();
    return;
  }
  const stay = new Set([...unsaved].map((one) => one.key));
  unsaved.forEach(clear);
  try { Object.keys(localStorage).filter((k) => k.startsWith(mine()) && !stay.has(k)).forEach((k) => localStorage.removeItem(k)); } catch { /* private mode */ }
});
