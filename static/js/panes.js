// The four zones on narrow screens, and which row is the open one.
//   data-zone-to="list"      shows that zone (phone)
//   data-panel-toggle        opens and closes the customer (tablet), or goes to that zone (phone)
const body = document.body;
const phone = matchMedia('(max-width: 640px)');

export function show(zone) {
  body.dataset.zone = zone;
  const focus = { list: '.row[data-current] > a, .row > a', customer: '.panel .back', views: '.rail .go' }[zone];
  if (focus && phone.matches) document.querySelector(focus)?.focus({ preventScroll: true });
}

document.addEventListener('click', (event) => {
  const to = event.target.closest('[data-zone-to]');
  if (to) {
    if (body.dataset.panel === 'open' && !phone.matches) setPanel(false);
    show(to.dataset.zoneTo);
    return;
  }
  if (!event.target.closest('[data-panel-toggle]')) return;
  if (phone.matches) show(body.dataset.zone === 'customer' ? 'thread' : 'customer');
  else setPanel(body.dataset.panel !== 'open');
});

function setPanel(opened) {
  body.dataset.panel = opened ? 'open' : 'shut';
  document.querySelectorAll('[data-panel-toggle]').forEach((b) => b.setAttribute('aria-expanded', String(opened)));
}

/** On a phone one zone is the page: it is then the main part, its headings count from one, and nothing is behind it. */
function landmark() {
  for (const [zone, part] of [['list', '.list'], ['customer', '.panel'], ['views', '.rail']]) {
    const alone = phone.matches && body.dataset.zone === zone;
    const place = document.querySelector(part);
    if (!place) continue;
    const own = place.querySelector('[data-alone]'); // its own first heading, else the others move up by one
    if (own) own.hidden = !alone;
    say(place, 'role', alone ? 'main' : place.dataset.role);
    for (const heading of own ? [] : place.querySelectorAll('h2, h3')) say(heading, 'aria-level', alone && heading.tagName[1] - 1);
  }
  const behind = document.querySelector('.console--page > main');
  if (behind) behind.inert = phone.matches && body.dataset.zone === 'views';
}

function say(element, name, value) {
  if (value) element.setAttribute(name, value);
  else element.removeAttribute(name);
}
landmark();
phone.addEventListener('change', landmark);
new MutationObserver(landmark).observe(body, { attributeFilter: ['data-zone'] });
document.addEventListener('htmx:after:swap', landmark); // a live update draws the headings anew

// A row of tabs that is wider than the screen opens at the one that is shown.
document.querySelector('.subnav [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

/** After another ticket was opened without a page load: mark its row, show it on a phone, say it. */
function settle() {
  const desk = document.querySelector('#desk');
  const open = desk?.querySelector('[data-ticket]')?.dataset.ticket;
  for (const row of document.querySelectorAll('.row[data-id]')) {
    const current = row.dataset.id === open;
    row.toggleAttribute('data-current', current);
    if (current) row.querySelector('a').setAttribute('aria-current', 'true');
    else row.querySelector('a').removeAttribute('aria-current');
  }
  return open;
}

document.addEventListener('htmx:after:swap', (event) => {
  const target = event.detail.ctx.target;
  if (target?.id === 'rows') settle();
  if (target?.id !== 'desk') return;
  const open = settle();
  body.dataset.zone = open ? 'thread' : 'list';
  if (body.dataset.panel === 'open') setPanel(true);
  // pushed by a person: the heading takes the focus, so that reading starts at the new ticket
  if (open) document.querySelector('#desk h1')?.focus({ preventScroll: true });
});
