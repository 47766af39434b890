// The page that stands in for all others while there is no connection: back as soon as there is one.
const SOON = 1000; // ms until it looks for the first time: the connection may have come back while the page was drawn
const EVERY = 5000; // ms between two looks after that
const again = () => location.reload();
document.querySelector('[data-again]').addEventListener('click', (event) => { event.preventDefault(); again(); });
addEventListener('online', again);

async function look() {
  try {
    if ((await fetch('/healthz', { cache: 'no-store' })).ok) again();
  } catch { /* still away */ }
}
setTimeout(look, SOON);
setInterval(look, EVERY);
