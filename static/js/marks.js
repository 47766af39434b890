// Markdown in the composer: buttons and keys mark what is selected, a preview shows what will be sent.
import { toast } from './toast.js';

const of = (element) => element?.closest?.('form[data-composer]');

/** Put a text in the place of another, so that undoing still works, and select a part of it. */
export function put(body, from, to, text, select) {
  body.focus();
  body.setSelectionRange(from, to);
  if (!document.execCommand('insertText', false, text)) {
    body.setRangeText(text, from, to, 'end');
    body.dispatchEvent(new InputEvent('input', { bubbles: true }));
  }
  if (select) body.setSelectionRange(from + select[0], from + select[1]);
}

/** Marks around what is selected; what is marked already is freed of them. Blanks stay outside. */
function around(body, mark, closing = mark) {
  let { selectionStart: from, selectionEnd: to } = body;
  const { value } = body;
  while (from < to && /\s/.test(value[from])) from += 1;
  while (to > from && /\s/.test(value[to - 1])) to -= 1;
  const before = value.slice(0, from);
  const more = mark === '*' && before.endsWith('**') && !before.endsWith('***');
  if (before.endsWith(mark) && !more && value.startsWith(closing, to)) {
    put(body, from - mark.length, to + closing.length, value.slice(from, to), [0, to - from]);
  } else {
    put(body, from, to, mark + value.slice(from, to) + closing, [mark.length, mark.length + to - from]);
  }
}

/** A mark before each selected line, or none when all have it. */
function lines(body, pattern, mark) {
  const { value, selectionStart, selectionEnd } = body;
  const from = value.lastIndexOf('\n', selectionStart - 1) + 1;
  const end = value.indexOf('\n', Math.max(selectionStart, selectionEnd - 1));
  const to = end < 0 ? value.length : end;
  const all = value.slice(from, to).split('\n');
  const marked = all.every((line) => pattern.test(line));
  const made = all.map((line, at) => (marked ? line.replace(pattern, '') : mark(at) + line)).join('\n');
  const caret = selectionStart === selectionEnd;
  put(body, from, to, made, caret ? [made.length, made.length] : [0, made.length]);
}

function link(body) {
  const { value, selectionStart: from, selectionEnd: to } = body;
  const text = value.slice(from, to);
  if (/^https?:\/\/\S+$/.test(text)) put(body, from, to, `[](${text})`, [1, 1]);
  else put(body, from, to, `[${text}](https://)`, text ? [text.length + 3, text.length + 11] : [1, 1]);
}

function code(body) {
  const text = body.value.slice(body.selectionStart, body.selectionEnd);
  if (text.includes('\n')) around(body, '```\n', '\n```');
  else around(body, '`');
}

const MARKS = {
  bold: (body) => around(body, '**'),
  italic: (body) => around(body, '*'),
  link,
  list: (body) => lines(body, /^[-*+] /, () => '- '),
  numbers: (body) => lines(body, /^\d+[.)] /, (at) => `${at + 1}. `),
  quote: (body) => lines(body, /^> ?/, () => '> '),
  code,
};
const PLAIN = { KeyB: 'bold', KeyI: 'italic', KeyE: 'code' };
const SHIFTED = { KeyU: 'link', Digit8: 'list', Digit7: 'numbers', Digit9: 'quote' };

document.addEventListener('click', (event) => {
  const form = of(event.target);
  if (!form) return;
  const mark = event.target.closest('[data-mark]');
  if (mark) { hide(form); MARKS[mark.dataset.mark](form.elements.body); }
  if (event.target.closest('[data-look]')) look(form);
  const fold = event.target.closest('[data-marks-open]');
  if (fold) unfold(form, fold);
});

/** On a phone the marks stand there once they are asked for. */
function unfold(form, button) {
  const open = button.getAttribute('aria-expanded') !== 'true';
  button.setAttribute('aria-expanded', String(open));
  form.querySelector('[data-marks]').toggleAttribute('data-open', open);
  if (!open) hide(form);
}

document.addEventListener('keydown', (event) => {
  const form = of(event.target);
  if (!form || event.isComposing || event.keyCode === 229) return;
  if (event.target.closest('[data-marks]') && /^Arrow(Left|Right)$/.test(event.key)) {
    event.preventDefault();
    step(event.target, event.key === 'ArrowRight' ? 1 : -1);
  } else if (event.key === 'Escape' && event.target.closest('[data-preview], [data-look]')) {
    if (hide(form)) { event.preventDefault(); event.stopPropagation(); form.elements.body.focus(); }
  } else if ((event.metaKey || event.ctrlKey) && !event.altKey) {
    chord(event, form);
  }
}, true);

function chord(event, form) {
  if (event.shiftKey && event.code === 'KeyP') { event.preventDefault(); look(form); return; }
  const name = (event.shiftKey ? SHIFTED : PLAIN)[event.code];
  if (!name || event.target.name !== 'body') return;
  event.preventDefault();
  MARKS[name](form.elements.body);
}

/** One place in the order of Tab for all buttons; arrows go from one to the next. */
function step(from, by) {
  const all = [...from.closest('[data-marks]').querySelectorAll('button')];
  const next = all[(all.indexOf(from) + by + all.length) % all.length];
  all.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
  next.focus();
}

// ── the preview ──
const parts = (form) => ({ at: form.querySelector('[data-preview]'), button: form.querySelector('[data-look]'), bar: form.querySelector('[data-marks]') });

/** Back to the text; whether the preview was there. */
export function hide(form) {
  const { at, button } = parts(form);
  if (!at || at.hidden) return false;
  at.hidden = true;
  form.elements.body.hidden = false;
  button.setAttribute('aria-pressed', 'false');
  return true;
}

async function look(form) {
  const { at, button, bar } = parts(form);
  if (hide(form)) { form.elements.body.focus(); return; }
  const given = new FormData(form);
  const sent = new URLSearchParams(['body', 'kind', 'signed', 'signature'].filter((name) => given.has(name)).map((name) => [name, given.get(name)]));
  try {
    const answer = await fetch(bar.dataset.url, { method: 'POST', body: sent, headers: { 'HX-Request': 'true' } });
    if (!answer.ok) throw new Error(answer.status);
    at.innerHTML = await answer.text();
  } catch {
    toast(bar.dataset.failed, true);
    return;
  }
  at.hidden = false;
  form.elements.body.hidden = true;
  button.setAttribute('aria-pressed', 'true');
  at.focus();
}

for (const name of ['sent', 'draft', 'change', 'htmx:before:request']) {
  document.addEventListener(name, (event) => {
    const form = of(event.target) ?? document.querySelector('form[data-composer]');
    if (form && (name !== 'change' || event.target.name === 'kind') && (name !== 'htmx:before:request' || event.target === form)) hide(form);
  });
}
