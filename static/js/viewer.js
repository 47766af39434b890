// Attachments are looked at in the page: <a data-look-at="picture | pdf | text" href="…" data-keep="…">.
// Arrows go to the next file of the same place; with a modifier key the link does what links do.
const dialog = () => document.querySelector('dialog[data-viewer]');
let all = [];
let at = 0;
let from;

document.addEventListener('click', (event) => {
  const link = event.target.closest?.('[data-look-at]');
  if (link && dialog() && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    all = [...(link.closest('.talk, .inner') ?? document).querySelectorAll('[data-look-at]')];
    from = link;
    show(all.indexOf(link));
    dialog().showModal();
  }
  const viewer = event.target.closest?.('dialog[data-viewer]');
  if (!viewer) return;
  const step = event.target.closest('[data-before]') ? -1 : event.target.closest('[data-behind]') ? 1 : 0;
  if (step) { event.preventDefault(); show(at + step); }
  if (event.target === viewer || event.target.closest('[data-shut]')) viewer.close();
});

document.addEventListener('keydown', (event) => {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (!step || !event.target.closest?.('dialog[data-viewer]') || event.isComposing) return;
  event.preventDefault();
  show(at + step);
});

document.addEventListener('close', (event) => {
  if (!event.target.matches?.('dialog[data-viewer]')) return;
  event.target.querySelector(':scope > div').replaceChildren();
  from?.focus();
}, true);

function show(number) {
  at = (number + all.length) % all.length;
  const link = all[at];
  const viewer = dialog();
  const name = link.dataset.name ?? link.querySelector('b')?.textContent ?? link.title;
  viewer.querySelector('h2').textContent = name;
  for (const way of ['[data-before]', '[data-behind]']) viewer.querySelector(way).hidden = all.length < 2;
  viewer.querySelector('[data-keep-it]').href = link.dataset.keep;
  viewer.querySelector('[data-alone]').href = link.href;
  viewer.querySelector(':scope > div').replaceChildren(link.dataset.lookAt === 'picture' ? picture(link, name) : frame(link, name));
}

function picture(link, name) {
  const made = document.createElement('img');
  made.src = link.href;
  made.alt = name;
  return made;
}

function frame(link, name) {
  const made = document.createElement('iframe');
  if (link.dataset.lookAt === 'text') made.sandbox = ''; // a PDF is drawn by the browser's reader, which no sandbox lets in
  made.title = name;
  made.src = link.href;
  return made;
}
