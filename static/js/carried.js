// What a ticket carries, in the panel: each field is a form of its own that saves itself.
//   <form data-fill> with one control: Enter saves, leaving it saves, Escape puts back what was there
//   [data-step-asks] > dialog[data-ask]: something has to be chosen or filled in first; opens when it arrives
// While somebody is in a field, live updates leave it alone (hx-morph-skip), also what it says was on the screen, so
// that saving over a colleague's value is noticed.
const SKIP = 'hx-morph-skip';
const fill = (element) => element?.closest?.('form[data-fill]');
const answered = (event) => event.detail.ctx?.response?.status ?? 500;
const control = (form) => form.querySelector('[name^="field."]');
const kept = (input) => (input.matches('select') ? ([...input.options].find((o) => o.defaultSelected) ?? input.options[0])?.value : input.defaultValue);
const changed = (input) => input.value !== kept(input);

document.addEventListener('focusin', (event) => fill(event.target)?.setAttribute(SKIP, ''));

document.addEventListener('focusout', (event) => {
  const form = fill(event.target);
  if (!form || form.contains(event.relatedTarget)) return;
  if (changed(control(form)) && !form.dataset.sent) form.requestSubmit();
  else if (!changed(control(form))) form.removeAttribute(SKIP);
});

document.addEventListener('change', (event) => {
  const form = fill(event.target);
  if (form && event.target.matches('select')) form.requestSubmit();
});

document.addEventListener('input', (event) => { delete fill(event.target)?.dataset.sent; });

document.addEventListener('keydown', (event) => {
  const form = fill(event.target);
  if (!form || event.isComposing || event.keyCode === 229) return;
  const input = control(form);
  if (event.key === 'Enter' && !input.matches('select')) {
    event.preventDefault();
    if (changed(input) && !form.dataset.sent) form.requestSubmit();
  } else if (event.key === 'Escape' && changed(input)) {
    event.preventDefault();
    event.stopPropagation();
    input.value = kept(input);
    form.querySelector('.wrong').replaceChildren();
  }
});

document.addEventListener('submit', (event) => {
  const form = fill(event.target);
  if (!form) return;
  form.dataset.sent = control(form).value;
  form.removeAttribute(SKIP); // the answer may draw it again
}, true);

document.addEventListener('htmx:after:request', (event) => {
  const form = fill(event.target);
  if (form && answered(event) >= 400) form.setAttribute(SKIP, ''); // what was typed stays, beside what is wrong with it
});

document.addEventListener('htmx:after:swap', () => {
  const asked = document.querySelector('[data-step-asks] > dialog[data-ask]:not([open])');
  if (asked && !asked.dataset.shown) {
    asked.dataset.shown = '1';
    asked.showModal();
  }
  // a choice that nobody is in shows what the page says, whatever was chosen in it before
  for (const select of document.querySelectorAll(`form[data-fill]:not([${SKIP}]) select`)) {
    if (select !== document.activeElement && changed(select)) select.value = kept(select);
  }
});

document.addEventListener('htmx:after:request', (event) => {
  const dialog = event.target.closest?.('dialog[data-ask]');
  if (dialog && answered(event) < 400) dialog.close();
});
