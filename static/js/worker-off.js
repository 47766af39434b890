// The offline shell is switched off: forget what was kept, and go.
self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const kept = (await caches.keys()).filter((name) => name.startsWith('madoguchi-shell-'));
    await Promise.all(kept.map((name) => caches.delete(name)));
    await self.registration.unregister();
  })());
});
