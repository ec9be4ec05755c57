#!/usr/bin/env node
// Writes the slides of the workshop as one HTML file that needs nothing else: the pictures are inside.
//   node workshop/export-slides.mjs [FILE]     default: workshop/dist/slides.html
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Marked } from 'marked';

const folder = fileURLToPath(new URL('.', import.meta.url));
const target = resolve(process.argv[2] ?? `${folder}dist/slides.html`);

const escaped = (text) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** The page has no files beside it, so each picture becomes a part of it. Marp reads a height from the text; a reader does not need it. */
function picture({ href, text }) {
  const svg = readFileSync(resolve(folder, href)).toString('base64');
  return `<img alt="${escaped(text.replace(/ height:\S+$/, ''))}" src="data:image/svg+xml;base64,${svg}" />`;
}

const marked = new Marked({ renderer: { image: picture } });

const [, ...slides] = readFileSync(`${folder}slides.md`, 'utf8')
  .replace(/^---\n[^]*?\n---\n/, '---\n')
  .split(/^---$/m);
const title = /^# (.+)$/m.exec(slides[0])[1];
const sections = slides.map(
  (slide, index) =>
    `<section aria-label="Slide ${index + 1} of ${slides.length}">\n${marked.parse(slide.trim())}<footer>${index + 1}</footer>\n</section>`,
);

const STYLE = `
  :root { color-scheme: light dark; font: clamp(18px, 2.4vw, 34px)/1.45 system-ui, sans-serif; }
  html { scroll-snap-type: y mandatory; }
  body { margin: 0; background: light-dark(#fff, #14171c); color: light-dark(#1b1f24, #e8eaed); }
  section {
    box-sizing: border-box; min-height: 100vh; padding: 5vh 8vw; position: relative; scroll-snap-align: start;
    display: flex; flex-direction: column; justify-content: center;
  }
  h1 { font-size: 2.2em; margin: 0 0 0.4em; } h2 { font-size: 1.5em; margin: 0 0 0.6em; }
  ul, ol, p { margin: 0 0 0.6em; } li { margin: 0.3em 0; }
  img { display: block; max-width: 100%; max-height: 60vh; }
  code { font: 0.9em ui-monospace, monospace; background: light-dark(#eef1f4, #262b33); border-radius: 4px; padding: 0.1em 0.3em; }
  footer { position: absolute; right: 3vw; bottom: 3vh; font-size: 0.6em; opacity: 0.6; }
  @media print { @page { size: landscape; margin: 0; } section { break-after: page; } }
`;

const SCRIPT = `
  const slides = [...document.querySelectorAll('section')];
  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  addEventListener('keydown', (event) => {
    const step = steps[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    const shown = slides.findIndex((slide) => slide.getBoundingClientRect().bottom > innerHeight / 2);
    slides[Math.min(Math.max(shown + step, 0), slides.length - 1)].scrollIntoView();
  });
`;

mkdirSync(dirname(target), { recursive: true });
writeFileSync(
  target,
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<title>${escaped(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${sections.join('\n')}
<script>${SCRIPT}</script>
</body>
</html>
`,
);
process.stdout.write(`${target}: ${slides.length} slides\n`);
