"""How a report looks, on light and on dark."""

STYLE = """
:root {
    color-scheme: light dark;
    --page: #ffffff; --card: #f6f7f9; --text: #1f2328; --faint: #59636e; --line: #d1d9e0;
    --a: #0072B2; --b: #D55E00; --link: #0072B2;
}
@media (prefers-color-scheme: dark) {
    :root {
        --page: #0e1117; --card: #181c25; --text: #f0f2f6; --faint: #a3a8b4; --line: #3b4150;
        --a: #3d9bd6; --b: #e8792f; --link: #56B4E9;
    }
}
* { box-sizing: border-box; }
body {
    margin: 0 auto; padding: 1.5rem clamp(0.75rem, 3vw, 2.5rem); max-width: 1240px;
    background: var(--page); color: var(--text);
    font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    overflow-wrap: break-word;
}
h1 { font-size: 1.9rem; line-height: 1.25; margin: 0 0 0.5rem; }
h2 { font-size: 1.35rem; margin: 2.5rem 0 0.5rem; }
h3 { font-size: 1.15rem; margin: 2rem 0 0.4rem; }
.card h3, .words h3 { font-size: 1.05rem; margin: 0.25rem 0; }
.words h3 { margin-top: 1.2rem; }
p { margin: 0.4rem 0; max-width: 75ch; }
.faint { color: var(--faint); font-size: 0.9rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 320px), 1fr));
    gap: 1rem; }
.card { background: var(--card); border-radius: 8px; border-top: 4px solid var(--line);
    padding: 0.9rem 1.1rem; min-width: 0; }
.card h2 { margin-top: 0; }
.card.a { border-top-color: var(--a); }
.card.b { border-top-color: var(--b); }
.rule { margin: 0.9rem 0; }
.rule p { margin: 0.15rem 0; }
summary { cursor: pointer; margin-top: 0.6rem; }
.words { max-width: 75ch; margin-top: 1rem; }
.words li { margin: 0.3rem 0; }
code { font-size: 0.9em; }
.rule details { margin-top: 0.15rem; }
.rule summary { margin-top: 0; color: var(--faint); font-size: 0.9rem; }
.pairs { display: grid; gap: 0 2rem;
    grid-template-columns: repeat(auto-fit, minmax(min(100%, 460px), 1fr)); }
.pairs > section { min-width: 0; display: grid; grid-row: span 3; grid-template-rows: subgrid;
    grid-template-columns: minmax(0, 1fr); }
.tile.broad { margin-right: 2rem; }
.tiles { display: flex; flex-wrap: wrap; gap: 1.2rem 1rem; margin-top: 0.6rem; }
.tile { margin: 0; font-size: 0.9rem; line-height: 1.35; min-width: 7.5rem; }
.tile img { display: block; max-width: 100%; height: auto; image-rendering: pixelated; }
.tile figcaption { margin-top: 0.35rem; overflow-wrap: anywhere; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.95rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 1rem 0.3rem 0;
    border-bottom: 1px solid var(--line); }
thead th:nth-child(2) { color: var(--a); }
thead th:nth-child(3) { color: var(--b); }
figure { margin: 0.5rem 0 0; }
.controls { position: sticky; top: 0; z-index: 1; background: var(--page);
    display: flex; flex-wrap: wrap; align-items: center; gap: 0.4rem 0.7rem; padding: 0.5rem 0; }
.bindings { display: flex; flex-wrap: wrap; gap: 0.2rem 1rem; align-items: center;
    font-size: 0.9rem; }
.bindings:empty { display: none; }
.controls .vega-bind label { display: flex; align-items: center; gap: 0.4rem; }
.controls input[type=range] { width: min(250px, 42vw); }
.controls input[type=range] ~ span { display: none; }
.controls output { min-width: 3.5rem; font-variant-numeric: tabular-nums; }
.controls input, .controls select { accent-color: var(--link); font: inherit; }
button { font: inherit; font-size: 0.9rem; color: var(--text); background: var(--card);
    border: 1px solid var(--line); border-radius: 6px; padding: 0.25rem 0.8rem; cursor: pointer; }
button.play { min-width: 5rem; }
button:hover, button:focus-visible { border-color: var(--link); color: var(--link); }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.chart, .chart.vega-embed { display: block; overflow-x: auto; }
.chart canvas { display: block; }
.failed { color: var(--b); }
@media print {
    .controls { display: none; }
    figure, .card { break-inside: avoid; }
}
"""
