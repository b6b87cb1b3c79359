#!/usr/bin/env python3
"""Opens pages that `--format html` makes in Chromium, and looks at what a reader would meet.

    scripts/check_html.py COVERIFY [--pictures FOLDER] [MODEL …]

Pages of fixtures that are the same, differ by a delay, differ from PyTorch, are inconclusive or refused, and
one of many models; or of the models that are named. The console has to stay silent and nothing may be asked
for from elsewhere; nothing may be wider than the window, at three widths, light and dark; pointer and arrow
keys have to give numbers, and links have to lead somewhere; without the script nothing may be missing but
that. Pictures of all that go to the folder.

Needs Chromium (on Debian: apt-get install chromium), and no packages.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.browser import Browser, Missing, find

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
PAGES = {
    "same": ["readme/mbconv.pt"],
    "delay": ["written/written-undelayed.pt"],
    "delays": ["written/written-nested-late.pt"],
    "answer": ["bad/wrong-answer.pt"],
    "open": ["files/bare-chain-assumed.pt"],
    "refused": ["bad/truncated.pt"],
    "transformer": ["exported/transformer.pt2"],
    "rates": ["rates"],
    "many": ["written", "bad/truncated.pt", "bad/running-code.pt"],
}
WIDTHS = (360, 800, 1400)

# What is wider than the window and not inside something that scrolls.
TOO_WIDE = """(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (place) => {
    for (let parent = place.parentElement; parent; parent = parent.parentElement) {
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(parent).overflowX)) return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll("*")].filter((place) => {
    const box = place.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !place.classList.contains("skip") && !scrolls(place);
  });
  const page = document.documentElement.scrollWidth;
  return (page > width ? [`the page is ${page} wide`] : [])
    .concat(wide.slice(0, 3).map((place) => `${place.tagName}.${place.getAttribute("class")} sticks out`));
})()"""

# Links that lead nowhere, names that are given twice, and figures without a name.
PLACES = """(() => {
  const ids = [...document.querySelectorAll("[id]")].map((place) => place.id);
  const twice = ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `${id} is given twice`);
  const lost = [...document.querySelectorAll("a[href^='#']")].map((link) => link.getAttribute("href"))
    .filter((link) => !document.getElementById(link.slice(1))).map((link) => `${link} leads nowhere`);
  const nameless = [...document.querySelectorAll("svg")]
    .filter((svg) => !svg.ariaLabel && svg.getAttribute("aria-hidden") !== "true")
    .map((svg) => `an svg ${svg.getAttribute("class")} has no name`);
  const small = [...document.querySelectorAll("h1")].length === 1 ? [] : ["not one h1"];
  return [...twice, ...lost, ...nameless, ...small].slice(0, 5);
})()"""

# Texts whose colour is too close to that of what is behind, by WCAG's measure.
CONTRAST = """(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (place) => {
    for (let parent = place; parent; parent = parent.parentElement) {
      const color = parse(getComputedStyle(parent).backgroundColor);
      if (color.length === 3 || color[3] > 0.99) return color;
    }
    return [255, 255, 255];
  };
  const found = new Set();
  for (const place of document.body.querySelectorAll("*:not(svg *):not(script):not(style)")) {
    const own = [...place.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || place.getClientRects().length === 0) continue;
    const style = getComputedStyle(place);
    const [a, b] = [light(parse(style.color)), light(behind(place))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.add(`${place.tagName}.${place.className}: contrast ${ratio.toFixed(1)}`);
  }
  return [...found].slice(0, 5);
})()"""

# Texts of one drawing that lie on each other.
OVERLAPS = """(() => {
  const found = [];
  for (const svg of document.querySelectorAll("svg.time, svg.plot, .axis svg")) {
    const boxes = [...svg.querySelectorAll("text")].map((text) => [text, text.getBoundingClientRect()])
      .filter(([, box]) => box.width > 0);
    for (const [index, [text, one]] of boxes.entries()) {
      for (const [other, two] of boxes.slice(index + 1)) {
        const wide = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const high = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (wide > 1 && high > 3) found.push(`"${text.textContent}" lies on "${other.textContent}"`);
      }
    }
  }
  return found.slice(0, 5);
})()"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("coverify", type=Path)
    parser.add_argument("--pictures", type=Path, help="where pictures go")
    parser.add_argument("models", nargs="*", type=Path, help="instead of the fixtures")
    options = parser.parse_args()
    try:
        find()
    except Missing as error:
        print(f"NOT CHECKED: {error}")
        sys.exit(2)
    pages = {model.stem: [str(model.resolve())] for model in options.models} or PAGES
    if options.pictures:
        options.pictures.mkdir(parents=True, exist_ok=True)
    problems = []
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        for name, models in pages.items():
            page = Path(folder) / f"{name}.html"
            began = time.monotonic()
            subprocess.run(
                [options.coverify.resolve(), *models, "--format", f"html={page}", "--quiet",
                 "--no-timing"], cwd=FIXTURES, capture_output=True, check=False)
            if not page.exists():
                problems.append(f"{name}: no page was written")
                continue
            made = time.monotonic() - began
            found = look(browser, page, name, options.pictures)
            print(f"{name:12} {page.stat().st_size / 1000:7.0f} kB  {made:5.1f} s  "
                  f"{'ok' if not found else ''}")
            for problem in found:
                print(f"  {problem}")
            problems += [f"{name}: {problem}" for problem in found]
    print(f"{len(pages)} pages, {len(problems)} problems")
    sys.exit(1 if problems else 0)


def look(browser: Browser, page: Path, name: str, pictures: Path | None) -> list[str]:
    """What is wrong with a page."""
    problems = []
    for scheme in ("light", "dark"):
        browser.prefer(scheme)
        for width in WIDTHS:
            browser.resize(width)
            where = f"{scheme}, {width} pixels"
            problems += [f"{where}: console: {text}" for text in browser.open(page.as_uri())]
            problems += [
                f"{where}: asks for {url}" for url in browser.requests()
                if url not in (page.as_uri(), "about:blank")]
            problems += [f"{where}: {text}" for text in browser.evaluate(TOO_WIDE)]
            problems += [f"{where}: {text}" for text in browser.evaluate(OVERLAPS)]
            if width == WIDTHS[-1]:
                problems += [f"{where}: {text}" for text in browser.evaluate(CONTRAST)]
            if pictures:
                browser.screenshot(pictures / f"{name}-{width}-{scheme}.png")
    problems += browser.evaluate(PLACES)
    problems += use(browser)
    browser.prefer("light", script=False)
    problems += [f"without scripts: console: {text}" for text in browser.open(page.as_uri())]
    browser.prefer("light", media="print")
    problems += [f"on paper: console: {text}" for text in browser.open(page.as_uri())]
    if pictures:
        browser.resize(WIDTHS[1])
        browser.screenshot(pictures / f"{name}-paper.png")
    browser.prefer("light")
    return problems


def use(browser: Browser) -> list[str]:
    """Whether pointer and keys give numbers, in the first map and the first chart."""
    problems = []
    for figure, svg, word in ((".heat", ".cells", "bound"), (".chart", ".plot", "frame")):
        first = f"[...document.querySelectorAll('{figure}')].find((place) => place.checkVisibility())"
        if not browser.evaluate(f"!!{first}"):
            continue
        browser.evaluate(f"{first}.querySelector('{svg}').focus()")
        browser.key("ArrowRight")
        browser.key("ArrowDown")
        text = browser.evaluate(f"{first}.querySelector('.readout').textContent")
        if word not in text or "frame" not in text:
            problems.append(f"{figure}: the keys give {text!r}")
        x, y = browser.evaluate(f"""(() => {{
          const svg = {first}.querySelector('{svg}');
          svg.scrollIntoView({{ block: "center" }});
          const box = svg.getBoundingClientRect();
          const pane = svg.parentElement.getBoundingClientRect();
          return [box.left + 3, Math.max(box.top, pane.top + 24, 0) + 3];
        }})()""")
        before = browser.evaluate(f"{first}.querySelector('.readout').textContent")
        browser.hover(x + 20, y + 30)
        browser.hover(x, y)
        after = browser.evaluate(f"{first}.querySelector('.readout').textContent")
        if before == after or word not in after:
            problems.append(f"{figure}: the pointer gives {after!r}")
    return problems


if __name__ == "__main__":
    main()
