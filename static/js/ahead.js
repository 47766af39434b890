// The next ticket, fetched before it is asked for: only for somebody who walks the list by keyboard, one at a time, when
// nothing else is to do. What is heard of it meanwhile, or half a minute, throws it away.
import { following } from './keys.js';

const KEEP = 30_000; // ms
let ahead = null; // {address, ticket, until, answer}
let walking = false;

const address = (url) => { const { pathname, search } = new URL(url, location.href); return pathname + search; };

document.addEventListener('keydown', (event) => { walking = event.key === 'Enter' && Boolean(event.target.closest?.('.row')); }, true);
document.addEventListener('pointerdown', () => { walking = false; }, true);

document.addEventListener('htmx:after:swap', (event) => {
  if (event.detail.ctx.target?.id !== 'desk' || !walking) return;
  (window.requestIdleCallback ?? setTimeout)(() => reach(following(1)));
});

function reach(link) {
  const ticket = link?.parentElement.dataset.id;
  if (!ticket || ahead?.ticket === ticket || link.parentElement.hasAttribute('data-current')) return;
  const mine = { address: address(link.href), ticket, until: performance.now() + KEEP };
  const headers = { 'HX-Request': 'true', 'HX-Target': 'div#desk', Accept: 'text/html' };
  mine.answer = fetch(mine.address, { headers, priority: 'low' }).then(async (answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return { text: await answer.text(), type: answer.headers.get('content-type') };
  });
  mine.answer.catch(() => { if (ahead === mine) ahead = null; });
  ahead = mine;
  document.body.addEventListener(`ticket-${ticket}`, () => { if (ahead === mine) ahead = null; }, { once: true });
}

document.body.addEventListener('refetch', () => { ahead = null; });

document.addEventListener('htmx:config:request', (event) => {
  const { ctx } = event.detail;
  const mine = ahead;
  if (!mine || ctx.request.method !== 'GET' || ctx.target?.id !== 'desk' || address(ctx.request.action) !== mine.address) return;
  ahead = null;
  if (performance.now() > mine.until) return;
  ctx.fetch = async (url, request) => {
    try {
      const { text, type } = await mine.answer;
      return new Response(text, { headers: { 'content-type': type } });
    } catch {
      return fetch(url, request);
    }
  };
});
