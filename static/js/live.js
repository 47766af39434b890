// Live screens. The socket says that something changed; HTTP says what.
//   <body data-live="/live/socket" data-event="1203">   where to connect, the newest event the page knows
//   <p data-offline hidden role="status">               shown while there is no connection
// A region follows with hx-trigger="ticket-12 from:body throttle:300ms, refetch from:body" hx-swap="innerMorph",
// or with "changed" for anything that this person may see.
import { io } from '../vendor/socket.io-4.8.4.esm.min.js';
import htmx from './htmx.js';

const PATIENCE = 2500; // ms without a connection before anybody is told

const where = document.body?.dataset.live;
let last = Number(document.body?.dataset.event ?? 0);
let away = null;

export const socket = where ? io({ path: where, transports: ['websocket'], reconnectionDelay: 400, reconnectionDelayMax: 5000 }) : null;
if (socket) start();

function start() {
  socket.on('connect', () => { tell(false); catchUp(); });
  socket.on('disconnect', () => tell(true));
  socket.on('connect_error', () => {
    tell(true);
    // refused by the server (no session any more): socket.io leaves the next try to us
    if (!socket.active) { catchUp(); setTimeout(() => socket.connect(), 5000); }
  });
  socket.on('changed', (change) => announce([change], change.n, change.wait));
  document.addEventListener('visibilitychange', wake);
  addEventListener('online', () => socket.connected || socket.connect());
}

const COUNTS = 5; // times as long may counts wait, where many look
const later = { changed: null, counts: null }; // the next looks at lists and at counts
const asleep = new Set(); // tickets that changed while nobody looked at this tab; null stands for the rest

function announce(changes, newest, wait = 0) {
  last = Math.max(last, Number(newest) || 0);
  if (!changes.length) return;
  // rights changed: what is on the screen may no longer be ours to see
  if (changes.some(({ kind }) => kind === 'agent.changed' || kind === 'team.changed')) htmx.trigger(document.body, 'refetch', {});
  if (document.visibilityState === 'hidden') {
    for (const { ticket } of changes) asleep.add(ticket).add(null);
    return;
  }
  for (const ticket of new Set(changes.map((change) => change.ticket))) {
    if (ticket) htmx.trigger(document.body, `ticket-${ticket}`, {});
  }
  look(wait);
}

// every request says what its screen has heard of: rows that hold it may be another screen's (console/shared.py);
// and which ticket it shows: a step on another one redraws nothing of it
document.addEventListener('htmx:config:request', (event) => {
  const ticket = document.querySelector('.thread[data-ticket]')?.dataset.ticket ?? '';
  Object.assign(event.detail.ctx.request.headers, { 'X-Seen': String(last), 'X-Ticket': ticket });
});

/** Lists and counts. Where many consoles are open the server names a time (ms), and each takes its own moment in it. */
function look(wait) {
  if (!wait) { fire('changed'); fire('counts'); return; }
  later.changed ??= setTimeout(fire, wait * (0.5 + Math.random() / 2), 'changed');
  later.counts ??= setTimeout(fire, COUNTS * wait * (0.5 + Math.random() / 2), 'counts'); // dearer than rows, and less looked at
}

function fire(what) {
  later[what] = null;
  htmx.trigger(document.body, what, {});
}

/** Somebody looks again: what changed meanwhile is fetched now. */
function wake() {
  if (document.visibilityState === 'hidden' || !asleep.size) return;
  const changes = [...asleep].map((ticket) => ({ ticket }));
  asleep.clear();
  announce(changes, last);
}

/** What was missed while away. When it cannot be told, or is too much, every live region is fetched again. */
async function catchUp() {
  try {
    const answer = await fetch(`/live/missed?after=${last}`, { headers: { Accept: 'application/json' } });
    if (answer.status === 401) { document.dispatchEvent(new CustomEvent('signed-out', { detail: { quiet: true } })); return; }
    if (!answer.ok) throw new Error(String(answer.status));
    const missed = await answer.json();
    announce(missed.events, missed.last);
    document.dispatchEvent(new CustomEvent('unread', { detail: missed.unread }));
    if (missed.reload) htmx.trigger(document.body, 'refetch', {});
  } catch {
    htmx.trigger(document.body, 'refetch', {});
  }
}

function tell(offline) {
  const banner = document.querySelector('[data-offline]');
  if (!banner) return;
  if (offline) {
    away ??= setTimeout(() => { banner.hidden = false; }, PATIENCE);
  } else {
    clearTimeout(away);
    away = null;
    banner.hidden = true;
  }
}
