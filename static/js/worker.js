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

// ── notices while the desk is closed (app/notices/push.py) ──
self.addEventListener('push', (event) => {
  let said;
  try { said = event.data.json(); } catch { return; }
  event.waitUntil((async () => {
    const pages = await self.clients.matchAll({ type: 'window' });
    if (pages.some((page) => page.visibilityState === 'visible')) return; // its bell has rung
    await self.registration.showNotification(said.title, {
      body: said.text, tag: `notice-${said.id}`, lang: said.lang, icon: self.SHELL.icon, badge: self.SHELL.icon, data: { url: said.url },
    });
  })());
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { url } = event.notification.data ?? {};
  if (!url) return;
  event.waitUntil((async () => {
    const [page] = await self.clients.matchAll({ type: 'window' }); // those that this worker serves: the console's
    if (!page) { await self.clients.openWindow(url); return; }
    await page.focus();
    await page.navigate(url);
  })());
});
