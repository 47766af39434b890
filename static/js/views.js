// The rail's counts: <i data-again="2"> says after how many seconds the screen should ask for them again, because they
// go by the clock or are not all counted yet. Many screens ask at moments of their own; one that nobody looks at waits.
import htmx from './htmx.js';

if (document.querySelector('#conditions')) import('./build.js'); // the editor's own: no other page needs it

const rail = document.querySelector('#views');
let timer;

function again() {
  clearTimeout(timer);
  const seconds = Number(rail.querySelector('[data-again]')?.dataset.again);
  if (seconds && !document.hidden) timer = setTimeout(() => htmx.trigger(document.body, 'counts', {}), seconds * 1000 * (1 + Math.random() / 4));
}

if (rail) {
  again();
  document.addEventListener('htmx:after:swap', (event) => { if (event.detail.ctx?.target === rail) again(); });
  document.addEventListener('visibilitychange', again);
}
