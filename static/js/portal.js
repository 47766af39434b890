// The portal without this file works; with it nothing that was typed gets lost, and files are seen before they go.
//   <form data-keep="name">     what is typed stays on this device until it was sent
//   <… data-sent="name">        it was sent: the kept text goes
//   <div data-files>            the chosen files as a list, with sizes, each removable
//   <button data-busy="…">      says so while the form is on its way, and cannot be pressed twice
const PREFIX = 'madoguchi:typed:';
const KEPT = 14 * 86_400_000; // ms

const store = (() => {
  try { localStorage.setItem(`${PREFIX}?`, ''); localStorage.removeItem(`${PREFIX}?`); return localStorage; } catch { return null; }
})();

// ── what was typed ──────────────────────────────────────────────────────────────────────────────────
const fields = (form) => [...form.elements].filter((e) => e.matches('textarea, input:not([type=hidden], [type=file], [name=website])'));

function restore(form) {
  let kept;
  try { kept = JSON.parse(store.getItem(PREFIX + form.dataset.keep) ?? 'null'); } catch { kept = null; }
  if (!kept || Date.now() - kept.at > KEPT) return;
  for (const field of fields(form)) if (!field.value && kept.values[field.name]) field.value = kept.values[field.name];
}

function keep(form) {
  const values = Object.fromEntries(fields(form).map((field) => [field.name, field.value]));
  try { store.setItem(PREFIX + form.dataset.keep, JSON.stringify({ at: Date.now(), values })); } catch { return; }
  const word = form.querySelector('[data-kept]');
  if (word) word.hidden = false;
}

if (store) {
  for (const sent of document.querySelectorAll('[data-sent]')) store.removeItem(PREFIX + sent.dataset.sent);
  for (const form of document.querySelectorAll('form[data-keep]')) {
    restore(form);
    let later;
    form.addEventListener('input', () => { clearTimeout(later); later = setTimeout(keep, 400, form); });
    form.addEventListener('submit', () => { clearTimeout(later); keep(form); });
  }
}

// ── files ───────────────────────────────────────────────────────────────────────────────────────────
const size = (bytes) => new Intl.NumberFormat(document.documentElement.lang, {
  style: 'unit', maximumFractionDigits: 1, ...(bytes < 1e6 ? { unit: 'kilobyte' } : { unit: 'megabyte' }),
}).format(bytes < 1e6 ? Math.max(1, Math.round(bytes / 1024)) : bytes / 1_048_576);

function row(file, remove, word) {
  const item = document.createElement('li');
  const thumb = Object.assign(document.createElement('span'), { className: 'thumb' });
  if (/^image\/(png|jpeg|gif|webp)$/.test(file.type) && file.size < 4e6) show(file, thumb);
  const text = document.createElement('span');
  text.append(
    Object.assign(document.createElement('span'), { className: 'name', textContent: file.name }),
    Object.assign(document.createElement('span'), { className: 'm', textContent: size(file.size) }));
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: '×', ariaLabel: word });
  button.addEventListener('click', remove);
  item.append(thumb, text, button);
  return item;
}

function show(file, thumb) {
  const reader = new FileReader();
  reader.addEventListener('load', () => thumb.append(Object.assign(new Image(), { src: reader.result, alt: '' })));
  reader.readAsDataURL(file);
}

for (const box of document.querySelectorAll('[data-files]')) {
  const input = box.querySelector('input[type=file]');
  const list = box.querySelector('[data-chosen]');
  const { most, largest, tooMany, tooLarge, remove } = box.dataset;
  const draw = () => {
    const files = [...input.files];
    list.hidden = !files.length;
    list.replaceChildren(...files.map((file) => row(file, () => without(file), remove.replace('{name}', file.name))));
    const big = files.find((file) => file.size > Number(largest));
    const all = files.reduce((sum, file) => sum + file.size, 0) > Number(largest);
    let wrong = '';
    if (files.length > Number(most)) wrong = tooMany;
    else if (big || all) wrong = tooLarge.replace('{name}', (big ?? files.at(-1)).name);
    input.setCustomValidity(wrong);
    if (wrong) input.reportValidity();
  };
  const without = (file) => {
    const rest = new DataTransfer();
    [...input.files].filter((other) => other !== file).forEach((other) => rest.items.add(other));
    input.files = rest.files;
    draw();
    input.focus();
  };
  input.addEventListener('change', draw);
}

// a picture that cannot be drawn: its name stays
document.addEventListener('error', (event) => { if (event.target.matches?.('.thumb img')) event.target.remove(); }, true);

// ── on its way ──────────────────────────────────────────────────────────────────────────────────────
document.addEventListener('submit', (event) => {
  const form = event.target;
  const wrong = [...form.elements].find((field) => field.validity?.customError);
  if (wrong) { event.preventDefault(); wrong.reportValidity(); return; }
  const button = form.querySelector('button[data-busy]');
  if (!button) return;
  if (button.ariaBusy === 'true') { event.preventDefault(); return; }
  button.ariaBusy = 'true';
  const words = button.querySelector('span');
  button.dataset.words = words.textContent;
  words.textContent = button.dataset.busy;
});

// back by the browser's button: the page as it was, ready again
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[aria-busy="true"]')) {
    button.ariaBusy = 'false';
    button.querySelector('span').textContent = button.dataset.words;
  }
});

document.querySelector('.summary[autofocus]')?.focus();
