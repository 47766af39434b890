// The bell in the rail: its count is right in every tab, and a hidden tab may tell by the browser, with consent.
//   <a data-bell href="/console/notices"><i data-unread></i></a>      [data-consent] on the profile asks for it
import { socket } from './live.js';

const SCOPE = '/console/';
const WAIT = 150; // ms, so that a burst is one look
const bell = document.querySelector('[data-bell]');
let unread = 0;
let last = null; // the newest notice that this tab knows
let waiting = null;

function show(count) {
  unread = count;
  const place = bell?.querySelector('[data-unread]');
  if (!place) return;
  place.textContent = count ? (count > 99 ? '99+' : String(count)) : '';
  bell.setAttribute('aria-label', count ? bell.dataset.some.replace('{}', place.textContent) : bell.dataset.none);
}

async function look() {
  waiting = null;
  try {
    const answer = await fetch(`/console/notices/bell${last === null ? '' : `?after=${last}`}`, { headers: { Accept: 'application/json' } });
    if (!answer.ok) return;
    const said = await answer.json();
    last = Math.max(last ?? 0, said.last);
    show(said.unread);
    said.fresh.reverse().forEach(tell);
    seen();
  } catch { /* the next bell, or the next connection, says it again */ }
}

async function tell(notice) {
  if (document.visibilityState === 'visible' || !('Notification' in window) || Notification.permission !== 'granted') return;
  // several tabs, and a push, say the same: the tag makes it one
  const options = { body: notice.text, tag: `notice-${notice.id}`, lang: document.documentElement.lang, data: { url: notice.url } };
  const worker = await navigator.serviceWorker?.getRegistration(SCOPE);
  if (worker?.active) { await worker.showNotification(notice.title, options); return; } // the one way on a phone
  const made = new Notification(notice.title, options);
  made.addEventListener('click', () => { window.focus(); location.assign(notice.url); made.close(); });
}

/** Whoever looks at a ticket has read what is said about it. */
async function seen() {
  const ticket = document.querySelector('.thread[data-ticket]')?.dataset.ticket;
  if (!unread || !ticket || document.visibilityState !== 'visible') return;
  try { await fetch('/console/notices/read', { method: 'POST', body: new URLSearchParams({ ticket, quiet: '1' }) }); } catch { /* later */ }
}

if (bell && socket) {
  socket.on('bell', () => { waiting ??= setTimeout(look, WAIT); });
  document.addEventListener('unread', (event) => { show(event.detail); seen(); });
  document.addEventListener('htmx:after:swap', (event) => { if (event.detail.ctx.target?.id === 'desk') seen(); });
  document.addEventListener('visibilitychange', seen);
}

// ── consent, and notices while the desk is closed ──
const PUSH = '/console/profile/push';
const ME = document.querySelector('[data-agent]')?.dataset.agent; // whoever signs in here next has not asked for it
const consent = document.querySelector('[data-consent]');
const part = (name) => consent.querySelector(`[data-consent-${name}]`);
const pushes = 'PushManager' in window && Boolean(document.body.dataset.worker);

function consented(state) {
  part('said').textContent = part('said').dataset[state] ?? '';
  part('ask').hidden = !(state === 'default' || state === 'failed' || (state === 'granted' && pushes));
  part('stop').hidden = state !== 'pushed';
}

/** Say who may push to this browser, and tell the desk where it is reached. */
async function subscribe() {
  const worker = await navigator.serviceWorker.ready;
  let made = await worker.pushManager.getSubscription();
  if (!made) {
    const { key } = await (await fetch(PUSH, { headers: { Accept: 'application/json' } })).json();
    made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }
  const { endpoint, keys } = made.toJSON();
  const answer = await fetch(PUSH, { method: 'POST', body: new URLSearchParams({ endpoint, key: keys.p256dh, secret: keys.auth }) });
  if (!answer.ok) throw new Error(String(answer.status));
  localStorage.setItem('push', ME);
}

async function ask() {
  let state = await Notification.requestPermission();
  if (state === 'granted' && pushes) {
    try { await subscribe(); state = 'pushed'; } catch { state = 'failed'; }
  }
  consented(state);
}

async function stop() {
  localStorage.removeItem('push');
  const worker = await navigator.serviceWorker?.getRegistration(SCOPE);
  await (await worker?.pushManager.getSubscription())?.unsubscribe();
}

if (consent && 'Notification' in window) {
  consent.hidden = false;
  consented('pushed' in consent.dataset && Notification.permission === 'granted' ? 'pushed' : Notification.permission);
  part('ask').addEventListener('click', ask);
  part('stop').addEventListener('click', () => stop().catch(() => { /* the desk forgets it all the same */ }));
}
// signed in again in a browser that wanted to be told: it is told again
if (bell && pushes && Notification.permission === 'granted' && localStorage.getItem('push') === ME && !sessionStorage.getItem('push')) {
  sessionStorage.setItem('push', '1');
  subscribe().catch(() => { /* on the profile it is said */ });
}
