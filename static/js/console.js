// The console's one entry. Each behaviour attaches itself by data attribute and survives swaps,
// because it listens at the document and looks things up when something happens.
import './htmx.js';
import './live.js';
import './presence.js';
import './bell.js';
import './again.js';
import './time.js';
import './menu.js';
import './pick.js';
import './panes.js';
import './keys.js';
import './palette.js';
import './ahead.js';
import './swipe.js';
import './glide.js';
import './install.js';
import './toast.js';
import './views.js';
import './seek.js';
import './theme.js';

// What one reads and writes a ticket with comes with the first ticket: a list alone does not need it. A page with a
// ticket brings it itself; the first one that is opened from a list waits for it.
if (!document.querySelector('.thread[data-ticket]')) {
  document.addEventListener('htmx:config:request', function opened({ detail: { ctx } }) {
    if (ctx.target?.id !== 'desk') return;
    document.removeEventListener('htmx:config:request', opened);
    const tools = import('./ticket.js').catch(() => null);
    ctx.fetch = async (...asked) => (await Promise.all([fetch(...asked), tools]))[0];
  });
}
