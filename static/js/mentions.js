// `@` in a note opens the list of colleagues. <template data-mentions data-unseen="…"> holds the words.
import { element, folded, offer, put } from './suggest.js';

const people = new Map(); // ticket -> Promise of [{name, reading, face, sees}]

function load(form) {
  const { ticket } = form.dataset;
  if (!people.has(ticket)) {
    people.set(ticket, fetch(`/console/tickets/${ticket}/colleagues`, { headers: { Accept: 'application/json' } })
      .then((answer) => (answer.ok ? answer.json() : [])).catch(() => { people.delete(ticket); return []; }));
  }
  return people.get(ticket);
}

function sift(all, part) {
  const found = all.filter(({ name, reading }) => [name, name.replaceAll(' ', ''), reading].some((text) =>
    folded(text).startsWith(part) || folded(text).split(' ').some((word) => word.startsWith(part))));
  return found.length === 1 && folded(found[0].name) === part ? [] : found;
}

offer({
  name: 'mentions',
  before: /(?:^|[\s、。（(「『])[@＠]([^\s@＠]{0,30}(?: [^\s@＠]{0,30})?)$/u,
  most: 6,
  fits: (form) => form.elements.kind.value === 'note',
  load,
  sift,
  line: (person, words) => [
    element('span', person.face, { className: 'face face--us face--s', ariaHidden: 'true' }),
    element('b', person.name),
    element('small', person.sees ? person.reading : words.dataset.unseen),
  ],
  take: (person, place) => put(place, `@${person.name} `),
});
