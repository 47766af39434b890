// The theme is the server's (cookie or profile) and stands in <html data-theme>; a choice is shown at once.
document.addEventListener('change', (event) => {
  if (!event.target.matches('[data-theme-choice]')) return;
  const { value } = event.target;
  if (value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
});
