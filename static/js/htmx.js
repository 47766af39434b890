// One place that names the vendored version. Configuration is in the page (meta name="htmx-config").
import htmx from '../vendor/htmx-4.0.1.esm.min.js';

// A signed-out session answers a fragment with 401: one signs in again on the spot (again.js).
document.addEventListener('htmx:before:response', (event) => {
  const { response } = event.detail.ctx;
  if (response.status !== 401) return;
  event.preventDefault();
  const quiet = (event.detail.ctx.request?.method ?? 'GET').toUpperCase() === 'GET' && !event.detail.ctx.sourceElement?.matches?.('a');
  document.dispatchEvent(new CustomEvent('signed-out', { detail: { quiet } }));
});

export default htmx;
