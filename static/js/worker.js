// The service worker: a page that says so when nothing can be reached, and the statics that it is drawn with. Every
// other request goes its way untouched, and no answer of the desk is ever kept. self.SHELL is the server's (console/install.py).
const { version, offline, files } = self.SHELL;
const PREFIX = 'madoguchi-shell-';
const NAME = PREFIX + version;

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll([offline, ...files])).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== NAME);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.registration.navigationPreload?.disable(); // an earlier one asked ahead; its answer sometimes never came
    await self.clients.claim();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') {
    event.respondWith((async () => {
      try {
        return await fetch(request);
      } catch {
        return (await caches.match(offline, { cacheName: NAME })) ?? Response.error();
      }
    })());
    return;
  }
  const { origin, pathname, search } = new URL(request.url);
  if (origin !== location.origin || !files.includes(pathname + search)) return;
  event.respondWith(caches.match(request, { cacheName: NAME, ignoreVary: true }).then((kept) => kept ?? fetch(request)));
});
