"""What moves the charts of a report in the browser."""

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
