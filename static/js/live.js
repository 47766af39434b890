// Live screens. The socket says that something changed; HTTP says what.
//   <body data-live="/live/socket" data-event="1203">   where to connect, the newest event the page knows
//   <main data-topics="ticket:12">                      what to hear of besides one's own topics
//   <p data-offline hidden role="status">               shown while there is no connection
// A region follows with hx-trigger="ticket:12 from:body delay:50ms, refetch from:body" hx-swap="innerMorph".
import { io } from '../vendor/socket.io-4.8.4.esm.min.js';
import htmx from './htmx.js';

const PATIENCE = 2500; // ms without a connection before anybody is told

const where = document.body?.dataset.live;
let last = Number(document.body?.dataset.event ?? 0);
let away = null;

if (where) start(io({ path: where, transports: ['websocket'], reconnectionDelay: 400, reconnectionDelayMax: 5000 }));

function start(socket) {
  socket.on('connect', async () => {
    tell(false);
    watch(socket);
    await catchUp();
  });
  socket.on('disconnect', () => tell(true));
  socket.on('connect_error', () => {
    tell(true);
    // refused by the server (no session any more): socket.io leaves the next try to us
    if (!socket.active) setTimeout(() => socket.connect(), 5000);
  });
  socket.on('changed', announce);
  addEventListener('online', () => socket.connected || socket.connect());
  document.addEventListener('htmx:after:swap', () => socket.connected && watch(socket));
}

function announce({ topics, event }) {
  last = Math.max(last, Number(event) || 0);
  for (const topic of new Set(topics)) htmx.trigger(document.body, topic, { event });
}

let watched = '';
function watch(socket) {
  const topics = [...document.querySelectorAll('[data-topics]')].flatMap((e) => e.dataset.topics.split(' ')).filter(Boolean);
  const key = [...new Set(topics)].sort().join(' ') + socket.id;
  if (key === watched) return;
  watched = key;
  socket.emit('watch', [...new Set(topics)]);
}

/** What was missed while away. When it cannot be told, every live region is fetched again. */
async function catchUp() {
  try {
    const answer = await fetch(`/live/missed?after=${last}`, { headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(String(answer.status));
    const missed = await answer.json();
    if (!Array.isArray(missed)) throw new Error('not a list');
    const topics = missed.flatMap((change) => change.topics);
    if (topics.length) announce({ topics, event: Math.max(...missed.map((change) => change.event)) });
  } catch {
    htmx.trigger(document.body, 'refetch');
  }
}

function tell(offline) {
  const banner = document.querySelector('[data-offline]');
  if (!banner) return;
  if (!offline) {
    clearTimeout(away);
    away = null;
    banner.hidden = true;
  } else {
    away ??= setTimeout(() => { banner.hidden = false; }, PATIENCE);
  }
}
