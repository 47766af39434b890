// <body data-worker="/console/worker.js?lang=en">: the offline shell. Without the attribute it is taken away again.
const SCOPE = '/console/';
const wanted = document.body.dataset.worker;

async function settle() {
  if (wanted) { await navigator.serviceWorker.register(wanted, { scope: SCOPE }); return; }
  const old = await navigator.serviceWorker.getRegistration(SCOPE);
  if (!old) return;
  await old.unregister();
  for (const name of await caches.keys()) if (name.startsWith('madoguchi-shell-')) await caches.delete(name);
}

const later = () => (window.requestIdleCallback ?? setTimeout)(() => settle().catch(() => { /* a browser that forbids it works without */ }));
if (navigator.serviceWorker) {
  if (document.readyState === 'complete') later();
  else addEventListener('load', later);
}
