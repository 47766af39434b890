// What was written and is not stored by the desk yet: kept in IndexedDB with its files, so that it outlives a reload
// and a lost network. Each message has an id of its own; the desk takes each id once, so that sending again is harmless.
import { inboxId, post } from './visitor.js';

const STORE = 'outbox';
const FIRST_WAIT = 2; // seconds; doubles up to the longest
const LONGEST_WAIT = 30;

const memory = new Map(); // where a browser forbids databases, messages last as long as the page
let opened = null;

function database() {
  opened ??= new Promise((resolve) => {
    let request;
    try { request = indexedDB.open(`madoguchi-${inboxId}`, 1); } catch { resolve(null); return; }
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'id' });
    request.onsuccess = () => resolve(request.result);
    request.onerror = request.onblocked = () => resolve(null);
  });
  return opened;
}

async function run(mode, act, otherwise) {
  const db = await database();
  if (!db) return otherwise();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, mode, { durability: 'strict' });
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

const put = (item) => run('readwrite', (store) => store.put(item), () => memory.set(item.id, item))
  .catch(() => memory.set(item.id, item));
const drop = async (id) => { memory.delete(id); await run('readwrite', (store) => store.delete(id), () => {}).catch(() => {}); };

/** One tab after the other, where the browser allows locks (it may not, in a frame whose storage is blocked). */
async function inTurn(act) {
  let ran = false;
  try {
    await navigator.locks.request(`madoguchi-${inboxId}`, () => { ran = true; return act(); });
  } catch (error) {
    if (ran) throw error;
    await act();
  }
}

/** Everything that waits, oldest first. */
export async function all() {
  const stored = await run('readonly', (store) => store.getAll(), () => []).catch(() => []);
  const known = new Set(stored.map((item) => item.id));
  return [...stored, ...[...memory.values()].filter((item) => !known.has(item.id))].sort((a, b) => a.at - b.at);
}

/** `tell(item, state, why)`: states are sending, waiting, sent, failed. */
export function outbox(tell) {
  let wait = FIRST_WAIT;
  let timer = null;
  let busy = false;
  let again = false;

  async function send(item) {
    const form = new FormData();
    form.set('id', item.id);
    form.set('text', item.text);
    form.set('page', item.page);
    for (const file of item.files) form.append('files', file, file.name);
    tell(item, 'sending');
    return post('messages', form);
  }

  /** Whether to go on with the next. */
  async function settle(item, answer) {
    if (answer.ok) { await drop(item.id); wait = FIRST_WAIT; tell(item, 'sent'); return true; }
    if (answer.status === 429 || answer.status >= 500) { tell(item, 'waiting'); later(answer.wait); return false; }
    item.failed = Object.values(answer.said.fields ?? {})[0] ?? answer.said.error ?? String(answer.status);
    await put(item);
    tell(item, 'failed', item.failed);
    return true;
  }

  async function each() {
    for (const item of await all()) {
      if (item.failed) { tell(item, 'failed', item.failed); continue; }
      let answer;
      try { answer = await send(item); } catch { tell(item, 'waiting'); later(0); return; }
      if (!await settle(item, answer)) return;
    }
  }

  function later(seconds) {
    clearTimeout(timer);
    timer = setTimeout(flush, 1000 * Math.max(seconds, wait));
    wait = Math.min(wait * 2, LONGEST_WAIT);
  }

  /** Send what waits, in order. Tabs take turns where the browser lets them. */
  async function flush() {
    if (busy) { again = true; return; }
    busy = true;
    clearTimeout(timer);
    try {
      do {
        again = false;
        await inTurn(each);
      } while (again);
    } finally { busy = false; }
  }

  return {
    flush,
    /** Now, not after the wait: the network is back, or somebody pressed a button. */
    hurry() { wait = FIRST_WAIT; return flush(); },
    async add(item) { await put(item); tell(item, 'waiting'); return flush(); },
    async retry(item) { item.failed = ''; await put(item); return flush(); },
    drop,
  };
}
