// `:` and the beginning of a name, in English or かな, offers emoji. The table is fetched when it is first wanted.
import { element, offer, put } from './suggest.js';

let table = null;
const load = () => (table ??= import('./emoji-table.js').then((read) => read.TABLE, () => { table = null; return []; }));

/** Names that begin so come first, then those that hold it as a word. */
function sift(all, part) {
  const rank = ({ keys }) => (keys.some((key) => key.startsWith(part)) ? 0 : keys.some((key) => key.split('_').some((word) => word.startsWith(part))) ? 1 : 9);
  return all.map((one) => [rank(one), one]).filter(([r]) => r < 9).sort((a, b) => a[0] - b[0]).map(([, one]) => one);
}

offer({
  name: 'emoji',
  before: /(?:^|[\s、。！？!?（(])[:：]([a-z_]{2,20}|[\u3041-\u3096\u30a1-\u30f6ー]{1,12})$/iu,
  load,
  sift,
  line: (one) => [element('span', one.sign, { className: 'sign', ariaHidden: 'true' }), element('b', one.name.replaceAll('_', ' ')), element('small', one.reading)],
  take: (one, place) => put(place, one.sign),
});
