// What is edited in its place: <details data-edit>. Escape and Cancel shut it, saving does, too; a refusal does not.
const shut = (edit) => { edit.open = false; edit.querySelector('summary').focus(); };

document.addEventListener('keydown', (event) => {
  const edit = event.target.closest?.('details[data-edit][open]');
  if (!edit || event.key !== 'Escape' || event.isComposing || event.keyCode === 229) return;
  event.stopPropagation();
  shut(edit);
}, true);

document.addEventListener('click', (event) => {
  if (!event.target.closest?.('[data-edit-shut]')) return;
  const edit = event.target.closest('details[data-edit]');
  if (edit) shut(edit); else history.back();
});

document.addEventListener('htmx:after:request', (event) => {
  const { ctx } = event.detail;
  const edit = ctx?.sourceElement?.closest?.('details[data-edit]');
  if (edit?.open && ctx.sourceElement.matches('form') && ctx.response?.status < 300) shut(edit);
});

// The form is asked for by opening, not by shutting: it would come late, over what is typed when this is opened again.
document.addEventListener('htmx:config:request', (event) => {
  const { sourceElement, sourceEvent } = event.detail.ctx;
  if (sourceEvent?.type === 'toggle' && sourceElement.closest('details[data-edit]:not([open])')) event.preventDefault();
});

// The form is there: it takes the focus, unless somebody has gone elsewhere meanwhile.
document.addEventListener('htmx:after:swap', () => {
  const edit = document.querySelector('details[data-edit][open]');
  const at = document.activeElement;
  if (!edit || (at !== document.body && at !== edit.querySelector('summary'))) return;
  (edit.querySelector('[aria-invalid="true"]') ?? edit.querySelector('input:not([type=hidden])'))?.focus();
});
