"""The page that a report becomes. Kept as text, so that it is there wherever the code is."""

STYLE = """
:root { --ink: #1a1d21; --soft: #57606a; --page: #ffffff; --card: #f3f5f7; --line: #cfd6dd; --link: #005f9e;
  --warn: #7a2e00; --warned: #fff1e5; --warn-line: #d55e00; color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --soft: #a8b0b8; --page: #15181b; --card: #20252a; --line: #3d454d; --link: #7cc4f0;
    --warn: #ffd2ad; --warned: #3a2413; --warn-line: #e69f00; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
header, main, footer { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1.5rem 0 .5rem; }
h2 { font-size: 1.3rem; margin: 2.5rem 0 .5rem; border-top: 2px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1.05rem; margin: 1.75rem 0 .4rem; }
h1, h2, h3, p, li, dd, dt, summary, figcaption, caption { overflow-wrap: anywhere; }
p { margin: .4rem 0; max-width: 48rem; }
a { color: var(--link); }
nav ul { padding: 0; margin: .5rem 0; display: flex; flex-wrap: wrap; gap: .25rem 1rem; list-style: none; }
.soft, figcaption, dt { color: var(--soft); }
.warning { background: var(--warned); color: var(--warn); border-left: 6px solid var(--warn-line);
  padding: .6rem .9rem; margin: .5rem 0; max-width: none; font-weight: 600; }
dl { display: grid; grid-template-columns: minmax(7rem, 13.5rem) minmax(0, 1fr); gap: .25rem 1rem; margin: .5rem 0; }
dd { margin: 0; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; margin: .75rem 0; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; width: 100%; }
caption { text-align: left; padding: .4rem .6rem; color: var(--soft); }
th, td { padding: .35rem .6rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
th { background: var(--card); vertical-align: bottom; }
th, td { min-width: 4.5rem; max-width: 22rem; }
td:first-child { font-weight: 600; }
td.bracket { color: var(--soft); }
th button { text-align: left; font: inherit; color: inherit; background: none; border: 0; padding: 0; cursor: pointer; }
th button::after { content: "\\a0\\2195"; color: var(--soft); }
th[aria-sort=ascending] button::after { content: "\\a0\\2191"; color: inherit; }
th[aria-sort=descending] button::after { content: "\\a0\\2193"; color: inherit; }
:focus-visible { outline: 3px solid var(--warn-line); outline-offset: 2px; }
.figures { display: flex; flex-wrap: wrap; gap: 1rem; margin: .75rem 0; }
figure { margin: 0; max-width: 100%; min-width: 0; display: flex; flex-direction: column; }
.paper { background: #ffffff; border: 1px solid var(--line); border-radius: 6px; padding: .5rem; max-width: 100%;
  overflow-x: auto; }
.paper svg { display: block; max-width: 100%; height: auto; stroke-linejoin: round; stroke-linecap: butt; }
figcaption { font-size: .85rem; padding: .3rem 0; contain: inline-size; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .6rem;
  font-size: .8rem; margin: .4rem 0 1rem; }
summary { cursor: pointer; padding: .3rem 0; }
summary h3 { display: inline; }
footer { padding-top: 2rem; padding-bottom: 2rem; }
@media (max-width: 34rem) { dl { grid-template-columns: minmax(0, 1fr); gap: 0; } dd { margin-bottom: .5rem; } }
@media print {
  :root { color-scheme: light; }
  body { font-size: 9.5pt; } nav, th button::after { display: none; }
  .scroll, pre { overflow: visible; border: 0; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  table { font-size: 7pt; } th { white-space: normal; } th, td { padding: .15rem .25rem; min-width: 0; }
  .paper { overflow: visible; border: 0; } .paper svg { min-width: 0 !important; }
  figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
  .warning { border: 1pt solid #000000; border-left-width: 6pt; } }
"""

SCRIPT = """
function key(row, column) {
  const text = row.cells[column].textContent.trim();
  const number = /^\\(?[+-]?[\\d,]*\\.?\\d+/.exec(text);
  return { text: text, number: number ? parseFloat(number[0].replace(/[(,]/g, '')) : NaN };
}
function order(a, b, up) {
  if (!a.text || !b.text) return !a.text - !b.text;
  const both = !isNaN(a.number) && !isNaN(b.number);
  const found = both ? a.number - b.number : a.text.localeCompare(b.text, undefined, { numeric: true });
  return up ? found : -found;
}
document.querySelectorAll('th button').forEach(button => button.addEventListener('click', () => {
  const head = button.parentElement, up = head.getAttribute('aria-sort') !== 'ascending';
  head.parentElement.querySelectorAll('th').forEach(other => other.setAttribute('aria-sort', 'none'));
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const body = head.closest('table').tBodies[0], rows = Array.from(body.rows);
  rows.sort((a, b) => order(key(a, head.cellIndex), key(b, head.cellIndex), up));
  body.append(...rows);
}));
window.addEventListener('beforeprint', () => document.querySelectorAll('details').forEach(part => part.open = true));
"""

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<title>{{ title }}</title>
<style>{{ style | safe }}</style>
</head>
<body>
{%- macro chapter(part) %}
{%- for text in part.words %}
<p>{{ text }}</p>
{%- endfor %}
{%- if part.facts %}
<dl>
{%- for name, value in part.facts %}
<dt>{{ name }}</dt><dd>{{ value }}</dd>
{%- endfor %}
</dl>
{%- endif %}
{%- for grid in part.grids %}
<div class="scroll" tabindex="0" role="region" aria-label="{{ grid.caption }}">
<table>
<caption>{{ grid.caption }}</caption>
<thead><tr>
{%- for head in grid.heads %}
<th scope="col" aria-sort="none"><button type="button">{{ head }}</button></th>
{%- endfor %}
</tr></thead>
<tbody>
{%- for row in grid.rows %}
<tr>
{%- for cell in row %}<td{% if cell.muted is defined and cell.muted %} class="bracket"{% endif %}>{{ cell }}</td>
{%- endfor %}</tr>
{%- endfor %}
</tbody>
</table>
</div>
{%- endfor %}
{%- if part.pictures %}
<div class="figures">
{%- for picture in part.pictures %}
<figure>
<div class="paper">{{ drawn[picture.name] | safe }}</div>
<figcaption>{{ picture.caption }}</figcaption>
</figure>
{%- endfor %}
</div>
{%- endif %}
{%- for listing in part.listings %}
<p class="soft">{{ listing.caption }}</p>
<pre tabindex="0">{{ listing.text }}</pre>
{%- endfor %}
{%- endmacro %}
{%- macro shown(part) %}
{%- if part.closed %}
<details><summary><h3>{{ part.title }}</h3></summary>
{{- chapter(part) }}
</details>
{%- else %}
<h3>{{ part.title }}</h3>
{{- chapter(part) }}
{%- endif %}
{%- endmacro %}
<header>
<h1>{{ title }}</h1>
<section id="warnings" aria-label="What must be known first">
{%- for warning in warnings %}
<p class="warning">{{ warning }}</p>
{%- else %}
<p>No warnings: no run leaks, all were made under the same rules on the same data, nothing is simulated.</p>
{%- endfor %}
</section>
<nav aria-label="Parts of this page"><ul>
{%- for part in parts %}
<li><a href="#part{{ loop.index }}">{{ part.title }}</a></li>
{%- endfor %}
</ul></nav>
</header>
<main>
{%- for part in parts %}
<section id="part{{ loop.index }}">
<h2>{{ part.title }}</h2>
{%- for warning in part.warnings %}
<p class="warning">{{ warning }}</p>
{%- endfor %}
{%- for own in part.chapters %}
{{- shown(own) }}
{%- endfor %}
</section>
{%- endfor %}
</main>
<footer class="soft"><p>Written by emoscan {{ version }}. One file: nothing is loaded from anywhere. Figures as SVG and
PDF are in {{ figures }}{% if latex %}, tables for LaTeX in {{ latex }}{% endif %}, beside it.</p></footer>
<script>{{ script | safe }}</script>
</body>
</html>
"""
