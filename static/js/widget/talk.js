// The conversation on the screen: what the desk stored, in its order, then what is still on its way.
import { file as fetchFile } from './visitor.js';

const words = JSON.parse(document.querySelector('#words').textContent);
const log = document.querySelector('[data-log]');
const lines = new Map(); // key -> {element, id, at, mine, name}
const clock = new Intl.DateTimeFormat(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat(document.documentElement.lang, { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' });

export const say = (name, values = {}) => Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, value), words[name]);

export const make = (tag, className = '', text = '') => {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
};
export const icon = (name) => document.querySelector(`template[data-icon="${name}"]`).content.cloneNode(true);

const time = (at) => (new Date(at).toDateString() === new Date().toDateString() ? clock : day).format(new Date(at));

/** Text with its web addresses as links. */
function linked(text) {
  const paragraph = make('p');
  for (const [index, part] of text.split(/(https?:\/\/[^\s<>"'\u3000-\u30ff\u4e00-\u9fff]+[^\s<>"'\u3000-\u30ff\u4e00-\u9fff.,:;!?)])/).entries()) {
    if (index % 2 === 0) { paragraph.append(part); continue; }
    paragraph.append(Object.assign(make('a', '', part), { href: part, target: '_blank', rel: 'noopener noreferrer nofollow' }));
  }
  return paragraph;
}

export const size = (bytes) => (bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`);

async function save(file) {
  const address = URL.createObjectURL(await fetchFile(file.id));
  Object.assign(document.createElement('a'), { href: address, download: file.name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

function part(file) {
  const item = make('li');
  if (!file.id) { // still on its way: the browser has it
    const text = make('span', 'part');
    text.append(icon('file'), make('span', '', file.name), make('small', '', size(file.size)));
    item.append(text);
    return item;
  }
  const button = Object.assign(make('button'), { type: 'button', ariaLabel: say('download', { name: file.name }) });
  button.append(icon('file'), make('span', '', file.name), make('small', '', size(file.size)));
  button.addEventListener('click', () => save(file));
  if (file.picture && file.ready) picture(file, button);
  item.append(button);
  return item;
}

async function picture(file, button) {
  try {
    const image = Object.assign(new Image(), { alt: file.name, src: URL.createObjectURL(await fetchFile(file.id)) });
    await image.decode();
    button.replaceChildren(image);
  } catch { /* its name stays */ }
}

function bubble(message) {
  const box = make('div', 'say');
  if (message.deleted) box.append(make('p', 'gone', say('withdrawn')));
  if (message.text) box.append(linked(message.text));
  if (message.files?.length) {
    const list = make('ul', 'parts');
    list.append(...message.files.map(part));
    box.append(list);
  }
  return box;
}

function theirs(message) {
  const turn = make('div', 'turn');
  const face = make('span', 'av av--s');
  face.ariaHidden = 'true';
  face.append([...message.name][0] ?? '');
  const name = make('p', 'nm');
  name.append(make('b', '', message.name), ` · ${time(message.at)}`);
  turn.append(face, name, bubble(message));
  return turn;
}

function mine(message) {
  const box = make('div', 'me');
  box.append(make('span', 'sr', say('you')), bubble(message), make('p', 'st'));
  return box;
}

/** Draw a message, or bring the one on the screen up to date. `key` is the browser's own id, or the desk's. */
export function show(message) {
  const key = message.key || `desk-${message.id}`;
  const known = lines.get(key);
  if (known && (known.id || !message.id)) return;
  const element = message.mine ? mine(message) : theirs(message);
  if (message.id) element.dataset.id = message.id;
  if (known) known.element.replaceWith(element);
  lines.set(key, { element, id: message.id ?? 0, at: Date.parse(message.at) || message.at, mine: message.mine, name: message.name });
  if (message.id) state(key, 'sent');
  arrange();
}

/** Stored ones by the desk's number, then those on their way by the time they were written. */
function arrange() {
  const order = [...lines.values()].sort((a, b) => (a.id || Infinity) - (b.id || Infinity) || a.at - b.at);
  let before = document.querySelector('[data-greeting]');
  let last = null;
  for (const line of order) {
    if (before.nextSibling !== line.element) before.after(line.element);
    line.element.toggleAttribute('data-again', Boolean(last && !line.mine && !last.mine && last.name === line.name && line.at - last.at < 300_000));
    before = line.element;
    last = line;
  }
  const end = log.querySelector('.event');
  if (end) log.append(end);
  quiet(order);
}

/** “Sent” stands under the newest of one's own messages only. */
function quiet(order) {
  const newest = order.findLast((line) => line.mine && line.element.dataset.state === 'sent');
  for (const line of order) {
    if (line.mine && line.element.dataset.state === 'sent') line.element.querySelector('.st').hidden = line !== newest;
  }
}

/** What became of an own message; `acts` are buttons: [[words, what to do]]. */
export function state(key, name, why = '', acts = []) {
  const line = lines.get(key);
  if (!line?.mine || (line.id && name !== 'sent')) return;
  line.element.dataset.state = name;
  const place = line.element.querySelector('.st');
  place.hidden = false;
  const text = name === 'sent' ? `${say('sent')} ${time(line.at)}` : say(name);
  place.replaceChildren(make('span', '', why ? `${text}: ${why}` : text), ...acts.map(([text, act]) => {
    const button = Object.assign(make('button', '', text), { type: 'button' });
    button.addEventListener('click', act);
    return button;
  }));
  quiet([...lines.values()].sort((a, b) => (a.id || Infinity) - (b.id || Infinity) || a.at - b.at));
}

export function forget(key) {
  lines.get(key)?.element.remove();
  lines.delete(key);
}

/** One grey line at the end, or none. */
export function ending(text) {
  log.querySelector('.event')?.remove();
  if (text) log.append(make('p', 'event', text));
}
