// The frame and the page around it: both name the exact origin they talk to, and listen to nobody else.
const { parent: origin } = document.body.dataset;
export const framed = window.parent !== window;

export function tell(what, data = {}) {
  if (framed) window.parent.postMessage({ madoguchi: what, ...data }, origin);
}

export function hear(acts) {
  addEventListener('message', (event) => {
    if (event.source !== window.parent || event.origin !== origin) return;
    acts[event.data?.madoguchi]?.(event.data);
  });
}
