// Times that tick. The server writes the absolute time; here it becomes what a person would say.
//   <time datetime="…Z" data-ago>            10:31 → “4 min ago”, back to the absolute text after a day
//   <time datetime="…Z" data-for="waiting {}">      → “waiting 2 h”
const lang = document.documentElement.lang || 'en';
const UNITS = [['day', 86400], ['hour', 3600], ['minute', 60]];
const ago = new Intl.RelativeTimeFormat(lang, { numeric: 'auto', style: 'short' });
const length = Object.fromEntries(UNITS.map(([unit]) =>
  [unit, new Intl.NumberFormat(lang, { style: 'unit', unit, unitDisplay: 'short' })]));
// Japanese sets numbers and units without a space
const tight = (text) => (lang === 'ja' ? text.replace(/(\d)\s+(?=\D)/gu, '$1') : text);

function parts(seconds) {
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? UNITS[2];
  return [Math.max(1, Math.floor(Math.abs(seconds) / size)), unit];
}

function say(element) {
  const at = Date.parse(element.dateTime);
  if (Number.isNaN(at)) return;
  const seconds = (Date.now() - at) / 1000;
  element.dataset.text ??= element.textContent.trim();
  const [count, unit] = parts(seconds);
  let text = element.dataset.text;
  if (element.dataset.for) text = element.dataset.for.replace('{}', tight(length[unit].format(count)));
  else if (seconds < 86400) text = tight(ago.format(-count, unit));
  if (element.textContent !== text) element.textContent = text;
}

// the whole date on any time that is pointed at
const tz = document.body.dataset.tz || undefined;
const whole = new Intl.DateTimeFormat(lang, { dateStyle: 'full', timeStyle: 'short', timeZone: tz });
document.addEventListener('pointerover', (event) => {
  const time = event.target.closest?.('time[datetime]');
  const at = Date.parse(time?.dateTime);
  if (time && !Number.isNaN(at)) time.title = whole.format(at);
});

function all() { document.querySelectorAll('time[data-ago], time[data-for]').forEach(say); }

all();
setInterval(all, 30_000);
document.addEventListener('htmx:after:swap', all); // a morph puts the server's text back
