// One place that names the vendored version. Configuration is in the page (meta name="htmx-config").
import htmx from '../vendor/htmx-4.0.1.esm.min.js';

// A signed-out session answers a fragment with 401: go and sign in, then come back.
document.addEventListener('htmx:before:response', (event) => {
  const { response } = event.detail.ctx;
  if (response.status !== 401) return;
  event.preventDefault();
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
});

export default htmx;
