"""How the page of scores looks, a Jinja2 template: in a module, so that an edit makes the page anew like other code."""

TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Scores on {{ dataset }}</title>
<style>
:root { color-scheme: light dark; --text: #1c1c1c; --soft: #595959; --page: #fff; --band: #f3f5f8; --line: #c9ced6; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e8e8e8; --soft: #a9b0ba; --page: #16181c; --band: #20242a; --line: #454c57; }
}
body { margin: 0 auto; padding: 1rem; max-width: 76rem; color: var(--text); background: var(--page);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; }
p, li, dd { max-width: 46rem; }
dt { font-weight: 600; margin-top: .5rem; }
dd { margin-left: 1rem; }
.wide { overflow-x: auto; }
.wide:focus-visible { outline: 2px solid; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { padding: .35rem .5rem; text-align: right; vertical-align: top; border-bottom: 1px solid var(--line); }
th:first-child, .text { text-align: left; }
thead th { vertical-align: bottom; border-bottom: 2px solid var(--text); }
tbody th { font-weight: 600; position: sticky; left: 0; background: var(--page); }
tbody tr:nth-child(even) > * { background: var(--band); }
thead span { display: block; font-weight: 400; color: var(--soft); }
td span { display: block; font-size: .75rem; color: var(--soft); white-space: nowrap; }
.soft { color: var(--soft); }
@media (min-width: 60rem) { tbody th { white-space: nowrap; } }
</style>
</head>
<body>
<main>
<h1>Scores on {{ dataset }}</h1>

<h2>Systems</h2>
{% if columns %}
<div class="wide" role="region" aria-label="Systems" tabindex="0">
<table>
<caption>Every system, with 95 % intervals</caption>
<thead>
<tr>
<th scope="col">System</th>
{% for column in columns %}
<th scope="col">{{ column.heading }} <span>{{ column.split }}</span></th>
{% endfor %}
</tr>
</thead>
<tbody>
{% for system, cells in rows %}
<tr>
<th scope="row">{{ system }}</th>
{% for cell in cells %}
<td>{{ cell.text }}{% if cell.interval %} <span>{{ cell.interval }}</span>{% endif %}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
</div>
<p>The numbers stand on
{% for split, number in clips.items() %}
{{ number }} {{ split }}{{ "." if loop.last else ";" }}
{% endfor %}
The range below a number is its 95 % percentile bootstrap interval over the clips.</p>
<dl>
{% for what, text in explained %}
<dt>{{ what }}</dt>
<dd>{{ text }}</dd>
{% if loop.first %}
<dt>{{ name }} above the best single system</dt>
<dd>The system's {{ name }} less that of {{ against }}, both on the same resamples of the clips: where the range leaves
out 0, these clips tell the two apart.
{% if verified %}
{{ against }} has the highest {{ name }} of the single systems on the verified training clips; test clips had no say.
{% else %}
Without verified training clips to choose by, {{ against }} is the single system that the configuration names first.
{% endif %}
</dd>
{% endif %}
{% endfor %}
</dl>
{% else %}
<p>No clip of this data set can be scored: it has neither test clips nor verified training clips.</p>
{% endif %}

<h2>Published beside ours</h2>
<div class="wide" role="region" aria-label="Published beside ours" tabindex="0">
<table>
<caption>What the authors report, and what this run has found</caption>
<thead>
<tr>
<th scope="col">System</th>
<th scope="col" class="text">Data set</th>
<th scope="col" class="text">Clips</th>
<th scope="col" class="text">Measure</th>
<th scope="col">Published</th>
<th scope="col">Ours</th>
<th scope="col">Source</th>
</tr>
</thead>
<tbody>
{% for row in published %}
<tr>
<th scope="row">{{ row.system }}</th>
<td class="text">{{ row.dataset }}</td>
<td class="text">{{ row.split }}</td>
<td class="text">{{ row.metric }}</td>
<td>{{ row.published }}</td>
{% if row.ours is string %}
<td class="soft">{{ row.ours }}</td>
{% else %}
<td>{{ row.ours.text }} <span>{{ row.ours.interval }}</span></td>
{% endif %}
<td><a href="#source-{{ row.source }}" aria-label="source {{ row.source }}">{{ row.source }}</a></td>
</tr>
{% endfor %}
</tbody>
</table>
</div>
<p>“not run”: in this run the system did not take part, or not in its published size, or on another data set, or the
data set has no such clips. Nothing that was scaled down stands beside a published number.</p>
<p>Sources:</p>
<ol>
{% for source in sources %}
<li id="source-{{ loop.index }}">{{ source }}</li>
{% endfor %}
</ol>

{% if classes %}
<h2>Classes</h2>
<div class="wide" role="region" aria-label="Classes" tabindex="0">
<table>
<caption>Every class by {{ answer }}, the answer of this run, on the {{ main }}</caption>
<thead>
<tr>
<th scope="col">Class</th>
<th scope="col">Clips</th>
{% for heading in class_columns %}
<th scope="col">{{ heading }}</th>
{% endfor %}
</tr>
</thead>
<tbody>
{% for label, cells in classes %}
<tr>
<th scope="row">{{ label }}</th>
{% for cell in cells %}
<td>{{ cell }}</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
</div>
<p>Clips: how many have the class. {{ classes_explained }}
&ndash;: undefined, {{ undefined }}
{% if without_clips[0] %}
Left out of all means over classes, as none of these clips has them: {{ without_clips[0]|join(", ") -}}
{{ " and %d more"|format(without_clips[1]) if without_clips[1] }}. {{ left_out }}
{% endif %}
</p>
{% endif %}
</main>
</body>
</html>
"""
