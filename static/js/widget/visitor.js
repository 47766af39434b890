// Who this browser is to the desk: a token that it made itself and keeps in the frame's storage, and the few
// requests that the token opens. The desk knows only its digest.
const { inbox } = document.body.dataset;
const lang = document.documentElement.lang;
const base = `/widget/${inbox}`;

/** Storage that never throws: where a browser forbids it, things last as long as the page. */
export const kept = (() => {
  const memory = new Map();
  const name = (key) => `madoguchi:${inbox}:${key}`;
  return {
    get(key) { try { return localStorage.getItem(name(key)) ?? memory.get(key) ?? null; } catch { return memory.get(key) ?? null; } },
    set(key, value) { memory.set(key, value); try { localStorage.setItem(name(key), value); } catch { /* kept above */ } },
  };
})();

function make() {
  const bytes = crypto.getRandomValues(new Uint8Array(32)); // 256 bits
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export const token = kept.get('token') ?? make();
kept.set('token', token);

const headers = { Authorization: `Visitor ${token}`, Accept: 'application/json' };

/** GET, as JSON. Throws when there is no answer or no good one. */
export async function get(path) {
  const answer = await fetch(`${base}/${path}${path.includes('?') ? '&' : '?'}lang=${lang}`, { headers });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** A file of the conversation; the token goes in a header and never into an address. */
export async function file(id) {
  const answer = await fetch(`${base}/files/${id}`, { headers });
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.blob();
}

/** POST. Gives {ok, status, wait (s), said}; throws only when there was no answer at all. */
export async function post(path, body) {
  const json = !(body instanceof FormData);
  const answer = await fetch(`${base}/${path}?lang=${lang}`, {
    method: 'POST',
    headers: json ? { ...headers, 'Content-Type': 'application/json' } : headers,
    body: json ? JSON.stringify(body) : body,
  });
  const said = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  return { ok: answer.ok, status: answer.status, wait: Number(answer.headers.get('Retry-After')) || 0, said };
}

export const inboxId = inbox;
