"""The fixed parts of a report: how it looks, and what moves its charts in the browser."""

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

# The sliders and boxes are those of the charts themselves: setting one and telling it so is all a
# chart needs. On another colour scheme or width a chart is built anew and put back to its place.
SCRIPT = """
"use strict";
const store = JSON.parse(document.getElementById("charts").textContent);
const scheme = matchMedia("(prefers-color-scheme: dark)");
const MILLISECONDS_A_STEP = 120;
const PIXELS_OF_PICTURES = 2;
const LIGHT = "#ffffff";
const DARK = "#0e1117";

const unpack = ({ c, r }) => r.map((row) => Object.fromEntries(c.map((key, k) => [key, row[k]])));

const namesIn = (part, found = new Set()) => {
    if (part && typeof part === "object") {
        if (part.data && part.data.name in store.data) found.add(part.data.name);
        Object.values(part).forEach((one) => namesIn(one, found));
    }
    return found;
};

const withData = (spec) => {
    const names = [...namesIn(spec)];
    return { ...spec, datasets: Object.fromEntries(names.map((n) => [n, unpack(store.data[n])])) };
};

const colours = (dark) => {
    const [text, faint, line] = dark
        ? ["#f0f2f6", "#c4c9d4", "#3b4150"] : ["#1f2328", "#454d57", "#d1d9e0"];
    return {
        font: "system-ui, sans-serif",
        background: dark ? DARK : LIGHT,
        title: { color: text, subtitleColor: faint },
        view: { stroke: line },
        axis: { labelColor: faint, titleColor: text, gridColor: line, tickColor: line,
            domainColor: line },
        legend: { labelColor: faint, titleColor: text },
        style: { "guide-title": { fill: text }, "guide-label": { fill: faint } },
    };
};

// White lines that part shapes from each other take the colour of the page.
const onPage = (spec, dark) => JSON.parse(
    JSON.stringify(spec).replaceAll('"stroke":"white"', `"stroke":"${dark ? DARK : LIGHT}"`),
);

const embedded = (place, spec, dark, controls) => vegaEmbed(place, withData(onPage(spec, dark)), {
    mode: "vega-lite", ast: true, renderer: "canvas", actions: false, config: colours(dark),
    tooltip: { theme: dark ? "dark" : "light" }, bind: controls,
});

class Figure {
    constructor(element, specs, places) {
        this.element = element;
        this.specs = specs;
        this.places = places;
        this.place = element.querySelector(".chart");
        this.bindings = element.querySelector(".bindings");
        this.button = element.querySelector(".play");
        this.timer = null;
        this.button.onclick = () => (this.timer ? this.pause() : this.play());
        element.querySelectorAll("[data-picture]").forEach((button) => {
            button.onclick = () => this.save(button.dataset.picture);
        });
        element.addEventListener("keydown", (event) => this.onKey(event));
        this.bindings.addEventListener("input", () => this.tell());
    }

    width() {
        const widths = Object.keys(this.specs).map(Number).sort((a, b) => b - a);
        const room = this.element.clientWidth;
        return widths.find((width) => width <= room) ?? widths.at(-1);
    }

    settings() {
        const names = (this.spec?.params ?? []).map((one) => one.name);
        return this.result ? names.map((name) => [name, this.result.view.signal(name)]) : [];
    }

    async draw() {
        if (this.drawn === `${this.width()} ${scheme.matches}`) return;
        const kept = this.settings();
        this.drawn = `${this.width()} ${scheme.matches}`;
        this.result?.finalize();
        this.bindings.replaceChildren();
        this.spec = this.specs[this.width()];
        try {
            this.result = await embedded(this.place, this.spec, scheme.matches, this.bindings);
            kept.forEach(([name, value]) => this.result.view.signal(name, value));
            if (kept.length) await this.result.view.runAsync();
            this.button.hidden = !this.slider();
            this.tell();
            this.element.dataset.ready = "yes";
        } catch (error) {
            this.place.className = "failed";
            this.place.textContent = `This chart could not be drawn: ${error.message}`;
        }
    }

    slider() {
        return this.bindings.querySelector("input[type=range]");
    }

    // Vega writes beside a slider which of its places it is at; here stands the step instead.
    tell() {
        const slider = this.slider();
        if (!slider || !this.places.length) return;
        const said = slider.parentElement.querySelector("output")
            ?? slider.parentElement.appendChild(document.createElement("output"));
        said.textContent = this.places[Number(slider.value)] ?? "";
    }

    move(value) {
        const slider = this.slider();
        slider.value = value;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
    }

    play() {
        const slider = this.slider();
        if (Number(slider.value) >= Number(slider.max)) this.move(0);
        this.timer = setInterval(() => this.advance(), MILLISECONDS_A_STEP);
        this.button.textContent = "Pause";
        this.button.setAttribute("aria-pressed", "true");
    }

    pause() {
        clearInterval(this.timer);
        this.timer = null;
        this.button.textContent = "Play";
        this.button.setAttribute("aria-pressed", "false");
    }

    advance() {
        const slider = this.slider();
        if (!slider || Number(slider.value) >= Number(slider.max)) return this.pause();
        this.move(Number(slider.value) + 1);
    }

    onKey(event) {
        const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!by || !this.slider() || event.target.matches("input, select")) return;
        event.preventDefault();
        this.move(Number(this.slider().value) + by);
    }

    async save(kind) {
        const place = document.createElement("div");
        const { view, finalize } = await embedded(place, this.spec, false, undefined);
        this.settings().forEach(([name, value]) => view.signal(name, value));
        await view.runAsync();
        const link = document.createElement("a");
        link.href = await view.toImageURL(kind, kind === "png" ? PIXELS_OF_PICTURES : 1);
        link.download = `${this.element.id}.${kind}`;
        link.click();
        finalize();
    }
}

const figures = store.figures.map(
    ({ id, specs, places }) => new Figure(document.getElementById(id), specs, places),
);

const drawEach = async () => {
    delete document.body.dataset.ready;
    for (const figure of figures) await figure.draw();
    document.body.dataset.ready = "yes";
};
let drawing = Promise.resolve();
const drawAll = () => (drawing = drawing.then(drawEach));

let settling = null;
addEventListener("resize", () => {
    clearTimeout(settling);
    settling = setTimeout(drawAll, 200);
});
scheme.addEventListener("change", drawAll);
drawAll();
"""
