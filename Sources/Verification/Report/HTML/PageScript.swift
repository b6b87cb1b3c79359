/// The script of a page: numbers under the pointer, and under a cursor that the arrow keys move.
enum PageScript {
  static let text = #"""

    "use strict";
    (() => {
      const read = (place) =>
        JSON.parse(place.querySelector("script[type='application/json']").textContent);
      const clamp = (value, low, high) => Math.max(low, Math.min(high, value));

      // A cursor that follows the pointer and the arrow keys.
      const follow = (svg, move, locate) => {
        let at = null;
        const go = (next) => { at = next; move(at); };
        svg.addEventListener("pointermove", (event) => {
          const box = svg.getBoundingClientRect();
          go(locate(event.clientX - box.left, event.clientY - box.top));
        });
        svg.addEventListener("pointerdown", (event) => {
          const box = svg.getBoundingClientRect();
          go(locate(event.clientX - box.left, event.clientY - box.top));
        });
        svg.addEventListener("focus", () => { if (at === null) go([0, 0]); });
        svg.addEventListener("keydown", (event) => {
          const [x, y] = at ?? [0, 0];
          const next = {
            ArrowLeft: [x - 1, y], ArrowRight: [x + 1, y], ArrowUp: [x, y - 1], ArrowDown: [x, y + 1],
            Home: [0, y], End: [1e9, y], PageUp: [x, y - 10], PageDown: [x, y + 10],
          }[event.key];
          if (next === undefined) return;
          event.preventDefault();
          go(next);
        });
      };

      const frames = (first, size) =>
        size > 1 ? `frames ${first}–${first + size - 1}` : `frame ${first}`;

      for (const heat of document.querySelectorAll(".heat")) {
        const { p: profiles, r: rows } = read(heat);
        const svg = heat.querySelector(".cells");
        const cursor = svg.querySelector(".cursor");
        const out = heat.querySelector(".readout");
        const height = Number(svg.dataset.row);
        const cells = rows.map((row) => row.c.split(";"));
        const steps = rows.map((row) => row.s?.split(" "));
        follow(svg, (at) => {
          const y = clamp(at[1], 0, rows.length - 1);
          const row = rows[y];
          const x = clamp(at[0], 0, cells[y].length - 1);
          at[0] = x;
          at[1] = y;
          cursor.setAttribute("x", x * row.w);
          cursor.setAttribute("y", y * height);
          cursor.setAttribute("width", Math.max(row.w - 1, 3));
          const [error, allowed, profile, ratio] = cells[y][x].split(" ");
          const step = steps[y]?.[x];
          const when = step === undefined ? "" : step === "e" ? " (end padding)" : ` (step ${step})`;
          out.textContent = `${row.n} · ${frames(x * row.k, row.k)}${when} · error ${error}`
            + ` · bound ${allowed} · ratio ${ratio.replace("_", " ")} · input ${profiles[profile]}`;
          const pane = svg.parentElement;
          const top = y * height;
          if (document.activeElement === svg) {
            if (pane.scrollTop > top) pane.scrollTop = top;
            if (top + 3 * height > pane.scrollTop + pane.clientHeight) {
              pane.scrollTop = top + 3 * height - pane.clientHeight;
            }
          }
        }, (x, y) => {
          const row = clamp(Math.floor(y / height), 0, rows.length - 1);
          return [Math.floor(x / rows[row].w), row];
        });
      }

      for (const chart of document.querySelectorAll(".chart")) {
        const { f: first, l: lines } = read(chart);
        const svg = chart.querySelector(".plot");
        const cursor = svg.querySelector(".cursor");
        const out = chart.querySelector(".readout");
        const left = Number(svg.dataset.left);
        const step = Number(svg.dataset.step);
        const values = lines.map((line) => line.v.split(" "));
        const last = Math.max(...lines.map((line, i) => line.f + values[i].length - 1));
        follow(svg, (at) => {
          at[0] = clamp(at[0], 0, last - first);
          at[1] = 0;
          const x = left + at[0] * step;
          cursor.setAttribute("d", `M${x} 12V${svg.dataset.height - 26}`);
          const frame = first + at[0];
          const said = lines.map((line, i) => `${line.n} ${values[i][frame - line.f] ?? "–"}`);
          out.textContent = `frame ${frame} · ${said.join(" · ")}`;
        }, (x) => [Math.round((x - left) / step), 0]);
      }

      // What a link leads to may be in a group that is closed.
      const reveal = () => {
        const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        for (let place = target?.parentElement; place; place = place.parentElement) {
          if (place.tagName === "DETAILS") place.open = true;
        }
        target?.scrollIntoView({ block: "center" });
      };
      addEventListener("hashchange", reveal);
      if (location.hash) reveal();
    })();

    """#
}
