/* Madoguchi's chat for any page:
     <script src="https://desk.example/widget.js" data-inbox="…" async></script>
   data-lang   ja or en; else the page's own language, else the browser's
   data-theme  light or dark; else the system's
   data-side   left; else right
   data-color  the launcher's colour
   The page may open it itself: madoguchi.open(), madoguchi.close(). Everything it draws is in a shadow tree and a
   frame, so that neither side's styles or scripts meet. */
(() => {
  'use strict';
  const script = document.currentScript;
  const inbox = script?.dataset.inbox;
  if (!inbox || window.madoguchi) return;
  const desk = new URL(script.src).origin;
  const { lang = document.documentElement.lang, theme = '', side = 'right', color = '' } = script.dataset;
  const language = /^ja\b/i.test(lang) ? 'ja' : /^en\b/i.test(lang) ? 'en' : /^ja\b/i.test(navigator.language) ? 'ja' : 'en';
  const words = {
    en: { open: 'Open chat', close: 'Close chat', title: 'Chat', unread: 'Open chat, {n} new', lost: 'The chat cannot be reached now.', form: 'Write to us by the form', again: 'Try again' },
    ja: { open: 'チャットを開く', close: 'チャットを閉じる', title: 'チャット', unread: 'チャットを開く（新着{n}件）', lost: '現在チャットに接続できません。', form: 'フォームから問い合わせる', again: 'もう一度試す' },
  }[language];
  const PATIENCE = 10000; // ms until a frame that says nothing counts as unreachable
  const TALKING = `madoguchi:${inbox}`;

  const style = `
    :host { all: initial; }
    @media print { :host { display: none; } }
    * { box-sizing: border-box; }
    .launch, .panel { position: fixed; z-index: 2147483000; font: 500 15px/1.5 system-ui, "Hiragino Sans", "Noto Sans JP", "Yu Gothic UI", Meiryo, sans-serif; }
    .launch { inset: auto 20px calc(20px + env(safe-area-inset-bottom)) auto; width: 56px; height: 56px; display: grid; place-items: center; padding: 0; border: 0; border-radius: 50%; cursor: pointer;
      color: #fff; background: var(--mado-color, oklch(43% .07 200)); box-shadow: 0 1px 2px #0002, 0 8px 24px #0003; }
    .launch:focus-visible { outline: 3px solid currentColor; outline-offset: -6px; }
    .launch svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round; }
    .launch[aria-expanded="true"] .talk, .launch[aria-expanded="false"] .down { display: none; }
    .count { position: absolute; inset: -4px -4px auto auto; min-width: 22px; height: 22px; padding: 0 6px; border: 2px solid #fff; border-radius: 11px; background: #b3261e; color: #fff; font-size: 12px; line-height: 18px; font-weight: 700; text-align: center; }
    .count[hidden], .panel[hidden] { display: none; }
    .panel { inset: auto 20px calc(88px + env(safe-area-inset-bottom)) auto; width: 380px; max-width: calc(100vw - 40px); height: min(640px, calc(100dvh - 108px)); overflow: hidden; border-radius: 14px; border: 1px solid #8884; background: Canvas; color: CanvasText; color-scheme: light dark; box-shadow: 0 1px 2px #0001, 0 12px 40px #0004; }
    .panel iframe { display: block; width: 100%; height: 100%; border: 0; }
    .lost { position: absolute; inset: 0; display: grid; place-content: center; justify-items: center; gap: 12px; padding: 24px; text-align: center; background: Canvas; }
    .lost a { color: inherit; } .lost button { font: inherit; padding: 8px 16px; cursor: pointer; }
    .left .launch { inset: auto auto calc(20px + env(safe-area-inset-bottom)) 20px; } .left .panel { inset: auto auto calc(88px + env(safe-area-inset-bottom)) 20px; }
    @media (max-width: 640px) { .panel, .left .panel { inset: 0; width: 100%; max-width: none; height: 100dvh; border: 0; border-radius: 0; } .launch[aria-expanded="true"] { display: none; } }
    @media (prefers-reduced-motion: no-preference) { .panel:not([hidden]) { animation: rise 120ms ease-out; } @keyframes rise { from { opacity: 0; translate: 0 8px; } } }
  `;

  let root, launch, count, panel, frame = null, ready = false, shown = false, timer = null;
  const make = (tag, attributes, ...inside) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...inside);
    return element;
  };
  const remember = () => { try { localStorage.setItem(TALKING, 'talking'); } catch { /* the frame itself remembers */ } };
  const remembered = () => { try { return localStorage.getItem(TALKING) === 'talking'; } catch { return false; } };
  const drawing = (name, path) => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('class', name);
    svg.setAttribute('aria-hidden', 'true');
    svg.append(Object.assign(document.createElementNS(svg.namespaceURI, 'path')));
    svg.firstChild.setAttribute('d', path);
    return svg;
  };

  function build() {
    const host = make('div', { 'data-madoguchi': '' });
    const shadow = host.attachShadow({ mode: 'open' });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(style);
      shadow.adoptedStyleSheets = [sheet];
    } catch { shadow.append(make('style', {}, style)); }
    count = make('span', { class: 'count', 'aria-hidden': 'true', hidden: '' });
    launch = make('button', { class: 'launch', type: 'button', 'aria-label': words.open, 'aria-expanded': 'false' },
      drawing('talk', 'M21 11.5a8.4 8.4 0 0 1-8.7 8.1 9 9 0 0 1-3.9-.9L3 20.5l1.700-4.900a7.800 7.800 0 0 1-1-4.100A8.400 8.400 0 0 1 12.300 3.400 8.400 8.400 0 0 1 21 11.500z'), drawing('down', 'm6 9.500 6 6 6-6'), count);
    launch.addEventListener('click', () => (shown ? close() : open()));
    panel = make('div', { class: 'panel', role: 'dialog', 'aria-label': words.title, hidden: '' });
    root = make('div', side === 'left' ? { class: 'left' } : {}, panel, launch);
    if (color) root.style.setProperty('--mado-color', color);
    shadow.append(root);
    document.body.append(host);
    if (remembered()) (window.requestIdleCallback ?? ((act) => setTimeout(act, 1500)))(load);
  }

  function load() {
    if (frame) return;
    const query = new URLSearchParams({ lang: language, origin: location.origin, page: location.href.slice(0, 1000), ...(theme && { theme }) });
    frame = make('iframe', { title: words.title, src: `${desk}/widget/${encodeURIComponent(inbox)}?${query}`, allow: 'clipboard-write' });
    panel.replaceChildren(frame);
    timer = setTimeout(() => ready || lost(), PATIENCE);
  }

  function lost() {
    const retry = make('button', { type: 'button' }, words.again);
    retry.addEventListener('click', () => { frame = null; load(); });
    panel.append(make('div', { class: 'lost', role: 'status' }, make('span', {}, words.lost), retry,
      make('a', { href: `${desk}/help/request`, target: '_blank', rel: 'noopener' }, words.form)));
  }

  const tell = (what, data = {}) => ready && frame.contentWindow.postMessage({ madoguchi: what, ...data }, desk);

  function open() {
    if (!panel) return;
    shown = true;
    load();
    panel.hidden = false;
    launch.setAttribute('aria-expanded', 'true');
    launch.setAttribute('aria-label', words.close);
    tell('open', { page: location.href });
    frame.focus();
  }

  function close() {
    shown = false;
    panel.hidden = true;
    launch.setAttribute('aria-expanded', 'false');
    launch.setAttribute('aria-label', words.open);
    tell('close');
    launch.focus();
  }

  const hears = {
    ready() { ready = true; clearTimeout(timer); panel.querySelector('.lost')?.remove(); if (shown) tell('open', { page: location.href }); },
    close() { if (shown) close(); },
    talking: remember,
    unread(said) {
      const number = Number(said.count) || 0;
      count.hidden = !number || shown;
      count.textContent = number > 9 ? '9+' : String(number);
      if (!shown) launch.setAttribute('aria-label', number ? words.unread.replace('{n}', String(number)) : words.open);
    },
  };
  addEventListener('message', (event) => {
    if (event.origin !== desk || !frame || event.source !== frame.contentWindow) return;
    const what = event.data?.madoguchi;
    if (Object.hasOwn(hears, what)) hears[what](event.data);
  });

  window.madoguchi = Object.freeze({ open, close });
  if (document.body) build();
  else addEventListener('DOMContentLoaded', build);
})();
