// The bell in the rail: its count is right in every tab, and a hidden tab may tell by the browser, with consent.
//   <a data-bell href="/console/notices"><i data-unread></i></a>      [data-consent] on the profile asks for it
import { socket } from './live.js';

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

function tell(notice) {
  if (document.visibilityState === 'visible' || !('Notification' in window) || Notification.permission !== 'granted') return;
  // several tabs say the same: the tag makes it one
  const made = new Notification(notice.title, { body: notice.text, tag: `notice-${notice.id}`, lang: document.documentElement.lang });
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

// ── consent ──
const consent = document.querySelector('[data-consent]');
function consented() {
  const said = consent.querySelector('[data-consent-said]');
  said.textContent = said.dataset[Notification.permission] ?? '';
  consent.querySelector('[data-consent-ask]').hidden = Notification.permission !== 'default';
}
if (consent && 'Notification' in window) {
  consent.hidden = false;
  consented();
  consent.querySelector('[data-consent-ask]').addEventListener('click', async () => { await Notification.requestPermission(); consented(); });
}
