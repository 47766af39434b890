// Who types, said to the other side: that somebody does, never what. Both sides forget it after a few seconds.
import { say } from './talk.js';

const EVERY = 3000; // ms between two words that one is still typing
const STAYS = 6500; // ms that the other side's last word holds
const line = document.querySelector('[data-typing]');
const text = document.querySelector('[data-write] [name="text"]');
let socket = null;
let told = 0;
let typed = 0;
let timer;

export function follow(made) {
  socket = made;
  socket.on('typing', ({ name }) => {
    clearTimeout(timer);
    const words = name ? say('typing', { name }) : '';
    if (line.textContent !== words) line.textContent = words;
    if (name) timer = setTimeout(() => { line.textContent = ''; }, STAYS);
  });
  socket.on('connect', () => { told = 0; if (text.value && Date.now() - typed < EVERY) tell(); });
}

export function stop() {
  typed = 0;
  if (!told) return;
  told = 0;
  socket?.emit('typing', { on: false });
}

function tell() {
  if (!socket?.connected || Date.now() - told < EVERY) return;
  told = Date.now();
  socket.emit('typing', { on: true });
}

text.addEventListener('input', () => {
  if (!text.value) { stop(); return; }
  typed = Date.now();
  tell();
});
text.addEventListener('blur', stop);
