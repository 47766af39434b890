// The chat: the socket says that there is something new, a request says what. After any silence (a reload, a lost
// network, a laptop that slept) it asks for everything after the last number it knows.
import { io } from '../../vendor/socket.io-4.8.4.esm.min.js';
import { composer } from './composer.js';
import * as contact from './contact.js';
import { framed, hear, tell } from './host.js';
import { all, outbox } from './outbox.js';
import { ending, forget, say, show, state } from './talk.js';
import * as typing from './typing.js';
import { get, inboxId, kept, post, token } from './visitor.js';

const PATIENCE = 2500; // ms without a connection before anybody is told
const LOOK_EVERY = 20_000; // ms between looks while the socket is away
const touch = matchMedia('(pointer: coarse)'); // focus there would open the keyboard over the conversation
const banner = document.querySelector('[data-offline]');

let open = !framed;
let page = new URLSearchParams(location.search).get('page') || document.referrer;
let last = 0; // newest message number on the screen
const theirs = []; // numbers of the messages that the desk wrote
let reported = { delivered: 0, read: 0 };
let talking = false;
let socket = null;

// ── out ─────────────────────────────────────────────────────────────────────────────────────────────
function told(item, name, why = '') {
  show({ key: item.id, mine: true, text: item.text, files: item.files, at: item.at });
  const acts = name === 'failed'
    ? [[say('again'), () => box.retry(item)], [say('drop'), async () => { await box.drop(item.id); forget(item.id); }]] : [];
  state(item.id, name, why, acts);
  if (name === 'sent') setTimeout(refresh, 600); // the socket says so earlier, when it is there
}

const box = outbox(told);

const writing = composer((text, files) => {
  begin();
  typing.stop();
  box.add({ id: crypto.randomUUID(), text, files, page, at: Date.now(), failed: '' });
});

/** There is a conversation from now on: be reachable, and have the page around us remember. */
function begin() {
  talking = true;
  tell('talking');
  connect();
}

// ── in ──────────────────────────────────────────────────────────────────────────────────────────────
let looking = null;
let again = false;

async function refresh() {
  if (looking) { again = true; return looking; }
  looking = (async () => {
    do { again = false; await look(); } while (again);
  })().finally(() => { looking = null; });
  return looking;
}

async function look() {
  let answer;
  try { answer = await get(`messages?after=${last}`); } catch { return; }
  const first = last === 0;
  for (const message of answer.messages) {
    show(message);
    if (!message.mine) theirs.push(message.id);
  }
  last = answer.last;
  theirs.sort((a, b) => a - b);
  if (first && answer.messages.length && !talking) begin();
  if (answer.solved) ending(say('solved'));
  else if (answer.messages.length) ending('');
  contact.ask(talking && last > 0 && !answer.reachable && !answer.solved);
  report();
}

/** Say what has arrived, and what was seen; tell the page around us how much was not. */
async function report() {
  const seen = open && document.visibilityState === 'visible';
  const newest = theirs.at(-1) ?? 0;
  if (seen) kept.set('read', String(newest));
  const read = Number(kept.get('read') ?? 0);
  tell('unread', { count: theirs.filter((id) => id > read).length });
  const as = seen ? 'read' : 'delivered';
  if (newest <= reported[as]) return;
  try {
    const answer = await post('seen', { upto: newest, state: as });
    if (answer.ok) reported = seen ? { delivered: newest, read: newest } : { ...reported, delivered: newest };
  } catch { /* said again at the next look */ }
}

// ── connection ──────────────────────────────────────────────────────────────────────────────────────
let away = null;

function offline(is) {
  clearTimeout(away);
  away = is ? setTimeout(() => { banner.hidden = false; }, PATIENCE) : null;
  if (!is) banner.hidden = true;
}

function connect() {
  if (socket) return;
  socket = io({ path: '/live/socket', transports: ['websocket'], auth: { visitor: token, inbox: inboxId }, reconnectionDelay: 500, reconnectionDelayMax: 8000 });
  socket.on('connect', () => { offline(false); refresh(); box.hurry(); });
  socket.on('disconnect', () => offline(true));
  socket.on('connect_error', () => { offline(true); if (!socket.active) setTimeout(() => socket.connect(), 10_000); });
  socket.on('chat', refresh);
  typing.follow(socket);
}

function wake() {
  if (socket && !socket.connected) socket.connect();
  refresh();
  box.hurry();
}

addEventListener('online', wake);
addEventListener('offline', () => offline(true));
document.addEventListener('visibilitychange', () => { if (document.visibilityState === 'visible') wake(); });
setInterval(() => { if (talking && !socket?.connected) { refresh(); box.flush(); } }, LOOK_EVERY);

// ── the page around us ──────────────────────────────────────────────────────────────────────────────
hear({
  open: (said) => { open = true; page = String(said.page ?? page); connect(); refresh(); if (!touch.matches) writing.focus(); },
  close: () => { open = false; },
});
const close = document.querySelector('[data-close]');
close.hidden = !framed;
close.addEventListener('click', () => tell('close'));
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && !event.isComposing && event.keyCode !== 229) tell('close');
});

for (const item of await all()) { told(item, item.failed ? 'failed' : 'waiting', item.failed); talking = true; }
await refresh();
if (talking || open) connect();
box.flush();
if (open && !touch.matches) writing.focus();
tell('ready');
