// A list that opens while one types in the composer: arrows move, Enter or Tab takes, Escape closes. Nothing happens
// while an input method is composing. Each kind of list is one `offer`; its words are in <template data-NAME
// data-label="…" data-count="{} …">, and what a screen reader is told goes to [data-mentions-said].
const MOST = 8;
const KANA = /[\u30a1-\u30f6]/g;
/** One spelling of what is typed and of what is offered: width and case folded, katakana as hiragana. */
export const folded = (text) => text.normalize('NFKC').toLowerCase().replace(KANA, (c) => String.fromCharCode(c.charCodeAt(0) - 96));

const offers = [];
let open = null; // {offer, body, list, start, found, at}

/**
 * name: of its template. before: a pattern whose first group is what was typed after the sign (one character).
 * fits(form), load(form) -> all, sift(all, typed) -> found, line(item, words) -> elements, take(item, place).
 */
export function offer(kind) { offers.push(kind); }

async function look(body) {
  const form = body.closest('form[data-composer]');
  const before = body.value.slice(0, body.selectionStart);
  const plain = form && body.selectionStart === body.selectionEnd;
  for (const kind of plain ? offers : []) {
    const typed = kind.fits?.(form) === false ? null : before.match(kind.before);
    const words = typed && document.querySelector(`template[data-${kind.name}]`);
    if (!words) continue;
    const all = await kind.load(form);
    if (document.activeElement !== body || body.value.slice(0, body.selectionStart) !== before) return;
    const found = kind.sift(all, folded(typed[1]).trim()).slice(0, kind.most ?? MOST);
    if (found.length) show(kind, body, before.length - typed[1].length - 1, found, words); else close();
    return;
  }
  close();
}

function show(kind, body, start, found, words) {
  close();
  const list = document.createElement('ul');
  Object.assign(list, { id: 'mention-list', className: `mention-list mention-list--${kind.name}` });
  list.setAttribute('role', 'listbox');
  list.setAttribute('aria-label', words.dataset.label);
  list.append(...found.map((item, index) => {
    const line = document.createElement('li');
    line.id = `mention-${index}`;
    line.dataset.at = index;
    line.setAttribute('role', 'option');
    line.append(...kind.line(item, words));
    return line;
  }));
  list.addEventListener('pointerdown', (event) => {
    const chosen = event.target.closest('[role="option"]');
    event.preventDefault(); // the text keeps the focus
    if (chosen) { open.at = Number(chosen.dataset.at); take(); }
  });
  document.querySelector('.writing').append(list);
  open = { kind, body, list, start, found, at: 0 };
  body.setAttribute('aria-controls', list.id);
  body.setAttribute('aria-autocomplete', 'list');
  const said = document.querySelector('[data-mentions-said]');
  if (said) said.textContent = words.dataset.count.replace('{}', found.length);
  mark();
}

function mark() {
  [...open.list.children].forEach((line, index) => line.setAttribute('aria-selected', String(index === open.at)));
  open.list.children[open.at]?.scrollIntoView({ block: 'nearest' });
  open.body.setAttribute('aria-activedescendant', `mention-${open.at}`);
}

function take() {
  const { kind, body, start, found, at } = open;
  const end = body.selectionStart;
  close();
  kind.take(found[at], { body, start, end, typed: body.value.slice(start, end) });
}

/** Put a text where something was typed; where that is gone meanwhile, at the caret. */
export function put({ body, start, end, typed }, text) {
  const there = body.value.slice(start, end) === typed;
  body.setRangeText(text, there ? start : body.selectionStart, there ? end : body.selectionEnd, 'end');
  body.dispatchEvent(new Event('input', { bubbles: true }));
}

export const element = (tag, text, more = {}) => Object.assign(document.createElement(tag), { textContent: text, ...more });

function close() {
  if (!open) return;
  open.list.remove();
  for (const name of ['aria-controls', 'aria-autocomplete', 'aria-activedescendant']) open.body.removeAttribute(name);
  open = null;
}

const of = (event) => event.target.matches?.('form[data-composer] [name="body"]');
document.addEventListener('input', (event) => { if (of(event) && !event.isComposing) look(event.target); });
document.addEventListener('compositionend', (event) => { if (of(event)) look(event.target); });
document.addEventListener('focusout', (event) => { if (open?.body === event.target) close(); });
document.addEventListener('click', (event) => { if (of(event)) close(); });
// first of all who listens: what the list takes, nobody else acts on
document.addEventListener('keydown', (event) => {
  if (!open || event.target !== open.body || event.isComposing || event.keyCode === 229) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) { open.at = (open.at + step + open.found.length) % open.found.length; mark(); }
  else if ((event.key === 'Enter' && !event.shiftKey) || event.key === 'Tab') take();
  else if (event.key === 'Escape') close();
  else return;
  event.preventDefault();
  event.stopImmediatePropagation();
}, true);

// A button that types the sign: <button data-types="/">. It stands alone, after a blank where there is text before.
document.addEventListener('click', (event) => {
  const button = event.target.closest('[data-types]');
  const body = button?.closest('form[data-composer]')?.elements.body;
  if (!body) return;
  const before = body.value.slice(0, body.selectionStart);
  body.focus();
  body.setRangeText(`${/\S$/u.test(before) ? ' ' : ''}${button.dataset.types}`, body.selectionStart, body.selectionEnd, 'end');
  body.dispatchEvent(new Event('input', { bubbles: true }));
});
