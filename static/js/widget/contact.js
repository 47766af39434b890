// Asking once where to answer when the visitor has left. Optional, and never asked again after “Not now”.
import { kept, post } from './visitor.js';
import { ending, say } from './talk.js';

const form = document.querySelector('[data-contact]');
const { email, name } = form.elements;
const wrong = form.querySelector('[data-wrong]');

/** Show the question when it makes sense: something was written, and there is no address. */
export function ask(sensible) {
  form.hidden = !sensible || kept.get('contact') !== null;
}

function complain(sentence) {
  wrong.textContent = sentence;
  wrong.hidden = !sentence;
  if (sentence) { email.setAttribute('aria-invalid', 'true'); email.focus(); } else email.removeAttribute('aria-invalid');
}

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  let answer;
  try { answer = await post('contact', { email: email.value, name: name.value }); } catch { answer = { said: { error: say('waiting') } }; }
  if (!answer.ok) { complain(Object.values(answer.said.fields ?? {})[0] ?? answer.said.error ?? ''); return; }
  complain('');
  kept.set('contact', 'given');
  form.hidden = true;
  ending(say('kept', { address: email.value }));
});

form.querySelector('[data-later]').addEventListener('click', () => {
  kept.set('contact', 'later');
  form.hidden = true;
  document.querySelector('#text').focus();
});
