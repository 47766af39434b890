// Pasting into the composer: rich text becomes Markdown, pictures become attachments, and what is too long a file.
import { add } from './composer.js';
import { put } from './marks.js';
import { toast } from './toast.js';

const RICH = 'b, strong, em, i, a[href], ul, ol, h1, h2, h3, h4, h5, h6, blockquote, pre, code, table, del, s';

document.addEventListener('paste', (event) => {
  const form = event.target.closest?.('form[data-composer]');
  const data = event.clipboardData;
  if (!form || !data) return;
  const files = [...data.files];
  const plain = data.getData('text/plain');
  if (files.length && !plain.trim()) { // a spreadsheet pastes text and a picture of it: the text is meant
    event.preventDefault();
    add(form, files);
    return;
  }
  const body = form.elements.body;
  if (event.target !== body) return;
  const text = rich(data.getData('text/html')) ?? plain;
  const room = Number(form.querySelector('[data-marks]')?.dataset.longest || Infinity);
  if (body.value.length - (body.selectionEnd - body.selectionStart) + text.length > room) {
    event.preventDefault();
    attach(form, text);
  } else if (text !== plain) {
    event.preventDefault();
    put(body, body.selectionStart, body.selectionEnd, text);
  }
});

function attach(form, text) {
  const { dataset } = form.querySelector('[data-marks]');
  add(form, [new File([text], `${dataset.pasted}.txt`, { type: 'text/plain' })]);
  toast(dataset.asFile);
}

/** HTML of the clipboard as Markdown; null when it says no more than plain text does. It is parsed, never shown. */
export function rich(html) {
  if (!html || html.length > 2_000_000) return null;
  const page = new DOMParser().parseFromString(html, 'text/html');
  page.querySelectorAll('script, style, template, noscript, head').forEach((one) => one.remove());
  if (!page.body.querySelector(RICH)) return null;
  return blocks(page.body).replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n').trim() || null;
}

const BLOCKS = /^(ADDRESS|ARTICLE|ASIDE|BLOCKQUOTE|DD|DIV|DL|DT|FIGURE|FOOTER|FORM|H[1-6]|HEADER|HR|LI|MAIN|NAV|OL|P|PRE|SECTION|TABLE|UL)$/;

/** Children in order: runs of words become paragraphs between the blocks. */
function blocks(parent) {
  const made = [];
  let run = '';
  const flush = () => { if (run.trim()) made.push(run.trim()); run = ''; };
  for (const node of parent.childNodes) {
    if (node.nodeType === Node.ELEMENT_NODE && (BLOCKS.test(node.tagName) || (!inlineTag(node) && node.querySelector('p, div, ul, ol, table, blockquote, pre')))) {
      flush();
      const text = block(node);
      if (text) made.push(text);
    } else run += words(node);
  }
  flush();
  return made.join('\n\n');
}

const inlineTag = (node) => /^(A|EM|I|CODE|IMG|BR)$/.test(node.tagName);

function block(node) {
  const heading = /^H([1-6])$/.exec(node.tagName);
  if (heading) return `${'#'.repeat(Number(heading[1]))} ${inner(node).replaceAll('\n', ' ').trim()}`;
  if (node.tagName === 'UL' || node.tagName === 'OL') return list(node);
  if (node.tagName === 'BLOCKQUOTE') return blocks(node).split('\n').map((line) => `> ${line}`).join('\n');
  if (node.tagName === 'PRE') return `\`\`\`\n${node.textContent.replace(/\n$/, '')}\n\`\`\``;
  if (node.tagName === 'HR') return '---';
  if (node.tagName === 'TABLE') return table(node);
  return blocks(node);
}

function list(node) {
  let number = Number(node.getAttribute('start') || 1);
  return [...node.children].map((item) => {
    const mark = node.tagName === 'OL' ? `${number++}. ` : '- ';
    const text = /^[UO]L$/.test(item.tagName) ? list(item) : blocks(item).replace(/\n\n(?=( *)([-*]|\d+\.) )/g, '\n');
    return mark + text.replaceAll('\n', `\n${' '.repeat(mark.length)}`);
  }).join('\n');
}

function table(node) {
  const rows = [...node.rows].map((row) => [...row.cells].map((cell) => inner(cell).replace(/\s+/g, ' ').replaceAll('|', '\\|').trim()));
  if (!rows.length) return '';
  const wide = Math.max(...rows.map((row) => row.length));
  if (wide < 2) return rows.map((row) => row.join('')).join('\n');
  const drawn = rows.map((row) => `| ${Array.from({ length: wide }, (_, at) => row[at] ?? '').join(' | ')} |`);
  return [drawn[0], `|${' --- |'.repeat(wide)}`, ...drawn.slice(1)].join('\n');
}

const inner = (node) => [...node.childNodes].map(words).join('');

function words(node) {
  if (node.nodeType === Node.TEXT_NODE) return node.data.replace(/[\s\u00a0]+/g, ' ').replace(/([\\`*_[\]])/g, '\\$1');
  if (node.nodeType !== Node.ELEMENT_NODE) return '';
  const text = node.tagName === 'BR' ? '\n' : inner(node);
  const light = /^(normal|[1-4]00)$/.test(node.style?.fontWeight ?? ''); // Google Docs wraps all in a <b> of normal weight
  if (/^(B|STRONG)$/.test(node.tagName) && !light) return wrapped(text, '**');
  if (/^(I|EM)$/.test(node.tagName) && node.style?.fontStyle !== 'normal') return wrapped(text, '*');
  if (/^(S|DEL)$/.test(node.tagName)) return wrapped(text, '~~');
  if (node.tagName === 'CODE') return `\`${node.textContent}\``;
  if (node.tagName === 'A') return anchor(node, text);
  return text;
}

function wrapped(text, mark) {
  const [, before, core, behind] = /^(\s*)([\s\S]*?)(\s*)$/.exec(text);
  return core ? before + mark + core + mark + behind : text;
}

function anchor(node, text) {
  const to = node.getAttribute('href') ?? '';
  const plain = node.textContent.trim();
  if (!/^(https?:|mailto:)/i.test(to) || !plain) return text;
  if (to === plain || to === `mailto:${plain}`) return plain;
  return `[${text.trim()}](${to.replaceAll(' ', '%20').replaceAll('(', '%28').replaceAll(')', '%29')})`;
}
