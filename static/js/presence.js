// Who else is at a ticket: small faces in the rows and in the thread's head, a word above the composer, and one
// polite sentence for screen readers. The socket carries it; no page is fetched for it.
//   <p role="status" data-presence data-reading="{name} …" data-reply data-note data-chat>   the words
//   <span data-here>      the faces of the open ticket      <span data-writing>   who writes
import { socket } from './live.js';

const BEAT = 4000; // ms between two words that one is still here
const PAUSE = 5000; // ms after the last key that still count as writing
const FEW = 4; // faces at one place; more are a number
const DOING = { '': 'reading', reply: 'reply', note: 'note', chat: 'chat' };

const me = Number(document.querySelector('[data-agent]')?.dataset.agent);
const place = document.querySelector('[data-presence]');
const at = new Map(); // ticket -> [[agent, name, face, doing]]
const said = new Set(); // what screen readers have heard of the open ticket
let told = { ticket: null, doing: '', when: 0 };
let typed = 0;

const open = () => Number(document.querySelector('.thread[data-ticket]')?.dataset.ticket) || null;
const words = (name, doing) => place.dataset[DOING[doing] ?? 'reading'].replace('{name}', name);
const others = (ticket) => (at.get(ticket) ?? []).filter(([agent]) => agent !== me);

// ── saying where one is ──
function doing() {
  const form = document.querySelector('form[data-composer]');
  return form?.elements.body?.value && Date.now() - typed < PAUSE ? form.elements.kind.value : '';
}

function tell() {
  if (!socket.connected) return;
  const ticket = document.visibilityState === 'visible' ? open() : null;
  const now = { ticket, doing: ticket ? doing() : '', when: Date.now() };
  const same = now.ticket === told.ticket && now.doing === told.doing;
  if (same && (!ticket || now.when - told.when < BEAT - 100)) return;
  told = now;
  socket.emit('here', { ticket: now.ticket, doing: now.doing });
}

// ── showing who is ──
function face([, name, initials, what], shut) {
  const mark = document.createElement('span');
  mark.className = 'here';
  mark.title = words(name, what);
  mark.toggleAttribute('data-typing', Boolean(what));
  const picture = document.createElement('span');
  picture.className = `face face--s${what === 'chat' ? '' : ' face--us'}`;
  picture.textContent = initials;
  picture.setAttribute('aria-hidden', 'true');
  const text = document.createElement('span');
  text.className = 'sr';
  text.textContent = shut ? '' : mark.title;
  mark.append(picture, text);
  return mark;
}

function faces(people, most, shut = false) {
  const made = people.slice(0, most).map((person) => face(person, shut));
  if (people.length > most) {
    const more = document.createElement('small');
    more.textContent = `+${people.length - most}`;
    made.push(more);
  }
  return made;
}

/** Drawn anew only when it differs, so that nothing moves under a pointer. */
function draw(holder, key, make) {
  if (holder.dataset.drawn === key) return;
  holder.dataset.drawn = key;
  holder.replaceChildren(...make());
}

function row(element) {
  const people = others(Number(element.dataset.id));
  let holder = element.querySelector('.heads');
  if (!people.length) { holder?.remove(); return; }
  if (!holder) {
    holder = document.createElement('span');
    holder.className = 'heads';
    element.querySelector('.below .what')?.after(holder);
  }
  draw(holder, JSON.stringify(people), () => faces(people, 2));
}

function thread() {
  const ticket = open();
  const head = document.querySelector('[data-here]');
  if (!ticket || !head) return;
  const people = others(ticket);
  draw(head, JSON.stringify(people), () => faces(people, FEW));
  const writing = people.filter(([, , , what]) => what);
  const line = document.querySelector('[data-writing]');
  if (line) {
    const text = writing.map(([, name, , what]) => words(name, what)).join(' · ');
    if (line.textContent !== text) line.textContent = text;
    line.hidden = !text;
  }
  speak(ticket, people);
}

/** Each arrival and each beginning once; who left and comes back is said again. */
function speak(ticket, people) {
  if (!place) return;
  const now = new Set(people.map(([agent, , , what]) => `${ticket}:${agent}:${what}`));
  const here = new Set(people.map(([agent]) => `${ticket}:${agent}:`));
  for (const key of said) if (![...here].some((start) => key.startsWith(start))) said.delete(key);
  const fresh = people.filter(([agent, , , what]) => !said.has(`${ticket}:${agent}:${what}`) && (what || !said.has(`${ticket}:${agent}:here`)));
  for (const key of now) said.add(key);
  for (const key of here) said.add(`${key}here`);
  if (fresh.length) place.textContent = fresh.map(([, name, , what]) => words(name, what)).join(', ');
  else if (!people.length && place.textContent) place.textContent = '';
}

function paint() {
  document.querySelectorAll('.row[data-id]').forEach(row);
  thread();
}

if (socket && place) {
  socket.on('presence', ({ all, at: tickets }) => {
    if (all) at.clear();
    for (const [ticket, people] of Object.entries(tickets)) {
      if (people.length) at.set(Number(ticket), people);
      else at.delete(Number(ticket));
    }
    paint();
  });
  socket.on('connect', () => { told = { ticket: null, doing: '', when: 0 }; tell(); });
  socket.on('disconnect', () => { at.clear(); paint(); }); // nothing is claimed that is not known
  setInterval(tell, 1000);
  document.addEventListener('visibilitychange', tell);
  document.addEventListener('htmx:after:swap', () => { tell(); paint(); });
  document.addEventListener('sent', () => { typed = 0; tell(); });
  document.addEventListener('input', (event) => {
    if (event.target.name !== 'body' || !event.target.closest('form[data-composer]')) return;
    typed = Date.now();
    tell();
  });
}
