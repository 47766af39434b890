// Where the visitor writes: text, files by picker and paste. Enter sends, Shift+Enter breaks the line; while
// Japanese is being composed Enter belongs to the input method.
import { icon, make, say } from './talk.js';
import { kept } from './visitor.js';

const MOST = 10;
const form = document.querySelector('[data-write]');
const { text, files: picker } = form.elements;
const list = form.querySelector('[data-chosen]');
const wrong = form.querySelector('[data-wrong]');
const largest = Number(document.body.dataset.megabytes) * 1_048_576;
let chosen = [];

function choose(files) {
  chosen = [...chosen, ...files];
  const big = chosen.find((file) => file.size > largest);
  complain(big ? say('large', { name: big.name }) : chosen.length > MOST ? say('many') : '');
  chosen = chosen.filter((file) => file.size <= largest).slice(0, MOST);
  draw();
}

function complain(sentence) {
  wrong.textContent = sentence;
  wrong.hidden = !sentence;
}

function draw() {
  list.hidden = !chosen.length;
  list.replaceChildren(...chosen.map((file) => {
    const item = make('li');
    const button = Object.assign(make('button'), { type: 'button', ariaLabel: say('remove', { name: file.name }) });
    button.append(icon('x'));
    button.addEventListener('click', () => { chosen = chosen.filter((other) => other !== file); complain(''); draw(); text.focus(); });
    item.append(make('span', '', file.name), button);
    return item;
  }));
}

/** Calls `send(text, files)` whenever there is something to send. */
export function composer(send) {
  text.value ||= kept.get('draft') ?? ''; // what was typed while this loaded stays
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const said = text.value.trim();
    if (!said && !chosen.length) { text.focus(); return; }
    send(said, chosen);
    text.value = '';
    kept.set('draft', '');
    chosen = [];
    complain('');
    draw();
    text.focus();
  });
  text.addEventListener('input', () => kept.set('draft', text.value));
  text.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit();
  });
  picker.addEventListener('change', () => { choose(picker.files); picker.value = ''; text.focus(); });
  text.addEventListener('paste', (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); choose(event.clipboardData.files); }
  });
  return { focus: () => text.focus({ preventScroll: true }) };
}
