// A page that has the chat may open it from wherever it likes.
for (const button of document.querySelectorAll('[data-open-chat]')) {
  button.addEventListener('click', () => window.madoguchi?.open());
}
