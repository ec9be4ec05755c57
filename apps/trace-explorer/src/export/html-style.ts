/** The style of an exported file, in the page's colours, light and dark. Nothing is loaded. */
export const STYLE = `
:root { color-scheme: light dark; --text: light-dark(#17202b, #e7ebf0); --quiet: light-dark(#556170, #a0abb8);
  --line: light-dark(#dfe3e8, #2b333f); --surface: light-dark(#fff, #14181f); --hover: light-dark(#eef2f7, #212934);
  --accent: light-dark(#0b5cad, #6cb2f5); --link: light-dark(#a84a00, #f5a94a); --error: light-dark(#b3201f, #ff8a80); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 24px clamp(12px, 3vw, 40px); max-width: 1400px; background: var(--surface); color: var(--text);
  font: 14px/1.45 ui-sans-serif, system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 22px; } h2 { margin: 28px 0 2px; font-size: 16px; } h3 { margin: 10px 0 2px; font-size: 13px; }
p { margin: 4px 0 10px; color: var(--quiet); } small { font-size: 12px; font-weight: 400; color: var(--quiet); }
code { font: 12px ui-monospace, Menlo, Consolas, monospace; } a { color: var(--accent); }
.cut, .failed .figure, .failed > th { color: var(--error); }
.mark { color: var(--link); white-space: nowrap; font-size: 12px; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { padding: 4px 8px 4px 0; border-bottom: 1px solid var(--line); text-align: start; font-weight: 400; vertical-align: top; }
thead th { color: var(--quiet); font-size: 12px; } th:first-child { width: 36%; } th:nth-child(n+3) { width: 84px; text-align: end; }
details { border-bottom: 1px solid var(--line); }
summary { display: grid; grid-template-columns: minmax(0, 36fr) minmax(0, 54fr) 76px; gap: 8px; align-items: center; min-height: 28px;
  padding: 3px 0; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
.name::before { content: '▸ ' / ''; color: var(--quiet); } details[open] .name::before { content: '▾ ' / ''; }
summary:hover { background: var(--hover); } summary:focus-visible, a:focus-visible { outline: 2px solid var(--accent); outline-offset: -2px; }
.figure { text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap; }
.lane { position: relative; display: block; min-height: 16px; } td.lane { display: table-cell; padding: 0; }
.lane .bar { position: absolute; top: 50%; translate: 0 -50%; }
.bar { display: inline-block; height: 12px; min-width: 2px; border: 1px solid transparent; border-radius: 2px; background: var(--accent); }
.legend .bar { width: 20px; vertical-align: -1px; margin-inline-start: 10px; } .legend .mark { margin-inline-start: 10px; } .legend .bar:first-child { margin-inline-start: 0; }
.bar.wait { background: none; border: 1px dashed var(--link); } .bar.error { background: var(--error); }
.span { padding: 2px 0 12px 20px; scroll-margin-top: 40px; } .span:target { background: var(--hover); }
dl { display: grid; grid-template-columns: minmax(100px, max-content) minmax(0, 1fr); gap: 1px 16px; margin: 0; }
dt { color: var(--quiet); max-width: 40vw; } dd { margin: 0; white-space: pre-wrap; } ul { margin: 0; padding-inline-start: 18px; }
@media (max-width: 719px) { summary { grid-template-columns: minmax(0, 1fr) 76px; } summary .lane { grid-column: 1 / -1; grid-row: 2; }
  dl { display: block; } dd { margin: 0 0 6px; } thead th:nth-child(3), tbody td:nth-child(3) { display: none; } dt { max-width: none; } }
@media (forced-colors: active) { .bar { border-color: CanvasText; forced-color-adjust: none; background: CanvasText; }
  .bar.wait { background: none; } .bar.error { background: repeating-linear-gradient(45deg, CanvasText 0 2px, Canvas 2px 5px); } }
`;
