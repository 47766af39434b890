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

if (where) start(io({ path: where, transports: ['websocket'], reconnectionDelay: 400, reconnectionDelayMax: 5000 }));

function start(socket) {
  socket.on('connect', () => { tell(false); catchUp(); });
  socket.on('disconnect', () => tell(true));
  socket.on('connect_error', () => {
    tell(true);
    // refused by the server (no session any more): socket.io leaves the next try to us
    if (!socket.active) setTimeout(() => socket.connect(), 5000);
  });
  socket.on('changed', (change) => announce([change], change.n));
  addEventListener('online', () => socket.connected || socket.connect());
}

function announce(changes, newest) {
  last = Math.max(last, Number(newest) || 0);
  if (!changes.length) return;
  for (const ticket of new Set(changes.map((change) => change.ticket))) {
    if (ticket) htmx.trigger(document.body, `ticket-${ticket}`, {});
  }
  htmx.trigger(document.body, 'changed', {});
}

/** What was missed while away. When it cannot be told, or is too much, every live region is fetched again. */
async function catchUp() {
  try {
    const answer = await fetch(`/live/missed?after=${last}`, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(String(answer.status));
    const missed = await answer.json();
    announce(missed.events, missed.last);
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
