/// The style of a page: light and dark, for screens from 360 pixels on, and for paper.
enum PageStyle {
  static let text = [colors, layout, parts, figures, graph, paper].joined()

  /// Blues and oranges, which people with any kind of sight tell apart, and neutral greys.
  private static let colors = """

    :root { color-scheme: light dark;
      --bg: #ffffff; --card: #f7f9fb; --line: #d5dde5; --ink: #17212b; --muted: #56646f;
      --link: #0b5cad; --code: #eaf0f5;
      --same: #0b6b57; --same-bg: #e3f4ef; --differs: #a83a07; --differs-bg: #fdeee4;
      --open: #6b4a00; --open-bg: #fbf2d5; --refused: #8f1d3f; --refused-bg: #fbe9ee;
      --l0: #eef2f6; --l1: #d3e5f7; --l2: #a5cdf0; --l3: #6fb0e3; --l4: #3f86c9; --l5: #1f5796;
      --op: #9a8f7a; --x1: #fdae61; --x2: #e6701a; --x3: #96320a; --cross: #3b1200;
      --clip: #2a6db0; --step: #c2510c; --torch: #17212b; --written: #8a3ea8;
      --c0: #cfe3f7; --c1: #fbe0c4; --c2: #d4ecd9; --c3: #e6dcf3; --c4: #f6e7a8; --c5: #d9dfe4;
      --wrong: #b3360b; --wrong-ink: #ffffff; --focus: #0b5cad; --target: #fff3c4; }
    @media (prefers-color-scheme: dark) { :root {
      --bg: #10161c; --card: #18212a; --line: #34424f; --ink: #e6edf3; --muted: #9fb0be;
      --link: #7cbcf5; --code: #22303c;
      --same: #5fd3b4; --same-bg: #12332b; --differs: #ffa06b; --differs-bg: #3b1f10;
      --open: #ecc95d; --open-bg: #352b0c; --refused: #ff8fab; --refused-bg: #3b1320;
      --l0: #1d2832; --l1: #1f3d58; --l2: #275b87; --l3: #35719f; --l4: #5a9fd4; --l5: #a3d2f7;
      --op: #8d846f; --x1: #a85a13; --x2: #ea8a2c; --x3: #ffd3a3; --cross: #1a0900;
      --clip: #6cb2f2; --step: #ff9a5c; --torch: #e6edf3; --written: #d49cf0;
      --c0: #1f4468; --c1: #5c3a17; --c2: #21492f; --c3: #44356a; --c4: #544712; --c5: #3a4650;
      --wrong: #ff8a50; --wrong-ink: #1b0b02; --focus: #7cbcf5; --target: #3d3516; } }

    """

  private static let layout = """
    * { box-sizing: border-box; }
    html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
    body { margin: 0; background: var(--bg); color: var(--ink);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif; }
    main, .bar, footer { max-width: 1120px; margin: 0 auto; padding: 0 20px; }
    .bar { padding-top: 14px; padding-bottom: 10px; font-size: 14px; }
    .bar .brand { display: inline; font-size: 14px; font-weight: 700; letter-spacing: .01em; }
    footer { padding-top: 28px; padding-bottom: 32px; font-size: 13px; }
    section { margin: 34px 0 0; }
    h1, h2, h3, h4 { line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
    .verdict h2 { font-size: 30px; }
    h3 { font-size: 21px; margin-bottom: 10px; }
    h4 { font-size: 16px; margin: 20px 0 8px; }
    p { margin: 0 0 10px; max-width: 78ch; overflow-wrap: anywhere; }
    a { color: var(--link); text-underline-offset: 2px; }
    a:focus-visible, [tabindex]:focus-visible, summary:focus-visible, input:focus-visible + label {
      outline: 3px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
    code { font: 13.5px/1.45 ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace;
      background: var(--code); padding: 1px 5px; border-radius: 4px; overflow-wrap: anywhere; }
    .muted { color: var(--muted); }
    .skip { position: absolute; left: -999px; }
    .skip:focus { left: 8px; top: 8px; background: var(--bg); padding: 8px; z-index: 9; }
    .scroll { overflow-x: auto; max-width: 100%; }
    .note { color: var(--muted); font-size: 14px; margin-top: 8px; }
    .empty { background: var(--card); border: 1px dashed var(--line); border-radius: 8px;
      padding: 12px 16px; color: var(--muted); max-width: none; }
    :target { background-color: var(--target); }

    """

  private static let parts = """
    .verdict { display: flex; gap: 18px; align-items: flex-start; border-radius: 4px 12px 12px 4px;
      padding: 20px 22px; background: var(--v-bg); border-left: 8px solid var(--v); }
    .parts { display: flex; flex-wrap: wrap; gap: 4px 18px; margin: 14px 0 0; font-size: 14.5px; }
    .parts + section, .parts + .empty, .verdict + .card { margin-top: 22px; }
    .verdict p { margin: 4px 0 0; }
    .verdict h2 { color: var(--v); }
    .verdict .sentence { font-size: 18px; }
    .verdict > div { min-width: 0; }
    .sign { flex: none; width: 52px; height: 52px; border-radius: 50%; background: var(--v);
      color: var(--bg); font-size: 30px; line-height: 52px; text-align: center; font-weight: 700; }
    .same { --v: var(--same); --v-bg: var(--same-bg); }
    .differs { --v: var(--differs); --v-bg: var(--differs-bg); }
    .inconclusive, .warning { --v: var(--open); --v-bg: var(--open-bg); }
    .refused { --v: var(--refused); --v-bg: var(--refused-bg); }
    .skipped { --v: var(--muted); --v-bg: var(--card); }
    .word { display: inline-block; color: var(--v); background: var(--v-bg); border-radius: 5px;
      padding: 1px 8px; font-size: 13.5px; font-weight: 650; white-space: nowrap; }
    .card { border: 1px solid var(--line); border-left: 5px solid var(--v); border-radius: 4px 9px 9px 4px;
      padding: 14px 18px; margin: 0 0 14px; background: var(--card); }
    .card h4 { margin: 0 0 6px; }
    .card p { margin-bottom: 6px; }
    .lines { white-space: pre-line; }
    dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 3px 16px; margin: 8px 0 0;
      font-size: 14.5px; }
    dt { color: var(--muted); }
    dd { margin: 0; overflow-wrap: anywhere; }
    .notes { padding-left: 20px; font-size: 14.5px; }
    .notes li { margin-bottom: 4px; overflow-wrap: anywhere; max-width: 90ch; }
    .links { display: inline-flex; flex-wrap: wrap; gap: 4px 10px; font-size: 13px; }
    .to::before { content: "→ "; color: var(--muted); }
    .mark { color: var(--differs); text-decoration: none; margin-right: 4px; }
    table { border-collapse: collapse; width: 100%; font-size: 14.5px; }
    th { text-align: left; font-weight: 600; color: var(--muted); }
    th, td { padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .wide { min-width: 240px; overflow-wrap: anywhere; }
    .summary { margin-top: 0; }
    .summary table { margin-top: 16px; }
    details.model { border: 1px solid var(--line); border-radius: 12px; margin: 16px 0; padding: 0 18px; }
    details.model > summary { cursor: pointer; padding: 13px 0; font-weight: 600; overflow-wrap: anywhere; }
    details.model[open] { padding-bottom: 18px; }
    .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 0; margin: 8px 0;
      font-size: 13.5px; color: var(--muted); }
    .legend svg { vertical-align: -2px; }

    """

  private static let figures = """
    figure { margin: 0 0 20px; }
    figcaption { font-size: 14.5px; margin-bottom: 6px; overflow-wrap: anywhere; }
    svg { display: block; }
    .legend svg { display: inline; }
    .time text, .plot text { paint-order: stroke; stroke: var(--bg); stroke-width: 4px; }
    .time .in-cell { stroke: none; }
    .back { fill: var(--bg); }
    svg text { fill: var(--ink); font: 12px system-ui, "Liberation Sans", sans-serif; }
    .l0 { fill: var(--l0); } .l1 { fill: var(--l1); } .l2 { fill: var(--l2); } .l3 { fill: var(--l3); }
    .l4 { fill: var(--l4); } .l5 { fill: var(--l5); } .op { fill: var(--op); }
    .x1 { fill: var(--x1); } .x2 { fill: var(--x2); } .x3 { fill: var(--x3); }
    .cross { fill: none; stroke: var(--cross); stroke-width: 1.4; }
    .heat { margin-top: 10px; }
    .pane { display: grid; grid-template-columns: max-content max-content; overflow: auto; max-width: 100%;
      max-height: 75vh; width: max-content; border: 1px solid var(--line); border-radius: 8px;
      background: var(--bg); }
    .corner { position: sticky; left: 0; top: 0; z-index: 3; background: var(--bg); font-size: 12px;
      padding: 1px 10px; border-bottom: 1px solid var(--line); }
    .axis { position: sticky; top: 0; z-index: 1; background: var(--bg);
      border-bottom: 1px solid var(--line); }
    .axis text { fill: var(--muted); text-anchor: middle; font-size: 11px; }
    .labels { position: sticky; left: 0; z-index: 2; background: var(--bg); list-style: none; margin: 0;
      padding: 0; font-size: 12px; max-width: min(260px, 42vw); border-right: 1px solid var(--line); }
    .labels li { height: 18px; line-height: 18px; padding: 0 8px; overflow: hidden; white-space: nowrap;
      text-overflow: ellipsis; text-align: right; }
    .labels a { color: inherit; text-decoration: none; }
    .labels a:hover { text-decoration: underline; }
    .labels .mark { color: var(--differs); }
    .labels .pair { font-weight: 650; }
    .cells { cursor: crosshair; margin-left: 2px; }
    .cursor { fill: none; stroke: var(--ink); stroke-width: 2; pointer-events: none; }
    .readout { display: block; margin-top: 6px; padding: 6px 10px; min-height: 34px; font-size: 13.5px;
      background: var(--card); border-radius: 6px; overflow-wrap: anywhere;
      font-variant-numeric: tabular-nums; }
    .choice { position: absolute; opacity: 0; }
    .choice + label { display: inline-block; padding: 4px 14px; border: 1px solid var(--line);
      border-radius: 6px; cursor: pointer; font-size: 14px; margin-right: 4px; }
    .choice:checked + label { background: var(--ink); color: var(--bg); }
    .choice.steps:checked ~ .heat.clips, .choice.clips:checked ~ .heat.steps { display: none; }
    .time .label { font-size: 12.5px; fill: var(--muted); }
    .time .bad { fill: var(--wrong); font-weight: 650; }
    .tick { fill: var(--muted); font-size: 11px; text-anchor: middle; }
    .tick.end { text-anchor: end; }
    .in { fill: var(--c0); } .out { fill: var(--c2); } .late { fill: var(--c4); }
    .pad { fill: none; stroke: var(--muted); stroke-dasharray: 3 2; }
    .window { fill: var(--l3); fill-opacity: .2; stroke: var(--l3); stroke-opacity: .6; }
    .delay { fill: none; stroke: var(--muted); stroke-width: 1.5; }
    .in-cell { text-anchor: middle; font-size: 12px; font-variant-numeric: tabular-nums; }
    .in-cell.bad { fill: var(--wrong-ink); font-weight: 700; font-size: 11px; }
    .c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); }
    .c4 { fill: var(--c4); } .c5 { fill: var(--c5); } .wrong { fill: var(--wrong); }
    .lane { stroke: var(--line); stroke-width: 1; }
    .meet { fill: none; stroke: var(--muted); stroke-width: 1.3; }
    .meet.bad { stroke: var(--wrong); stroke-width: 1.8; stroke-dasharray: 5 3; }
    .join { border: 1px solid var(--line); border-radius: 9px; padding: 12px 16px; }
    .join.bad { border-color: var(--wrong); }
    .grid { stroke: var(--line); stroke-width: 1; }
    .bound { stroke: var(--wrong); stroke-width: 1.3; stroke-dasharray: 6 3; }
    .plot .label { fill: var(--muted); font-size: 12px; }
    .plot .label.end { text-anchor: end; fill: var(--wrong); }
    .worst { stroke: var(--muted); stroke-dasharray: 2 3; }
    .s-clip { fill: none; stroke: var(--clip); stroke-width: 4; stroke-opacity: .55; }
    .s-step { fill: none; stroke: var(--step); stroke-width: 1.8; }
    .s-torch, .s-definition { fill: none; stroke: var(--torch); stroke-width: 1.4; stroke-dasharray: 5 4; }
    .s-torch-steps { fill: none; stroke: var(--torch); stroke-width: 1.4; stroke-dasharray: 1.5 3; }
    .s-written { fill: none; stroke: var(--written); stroke-width: 1.8; stroke-dasharray: 9 3; }
    .k-clip { fill: none; stroke: var(--clip); stroke-width: 1.6; }
    .k-step { fill: none; stroke: var(--step); stroke-width: 1.6; }
    .k-written { fill: none; stroke: var(--written); stroke-width: 1.5; }
    .k-torch { fill: var(--torch); }
    .plot { cursor: crosshair; }

    """

  private static let graph = """
    .graph { border: 1px solid var(--line); border-radius: 8px; overflow: hidden; font-size: 14px; }
    .g-row { display: grid; align-items: center; min-height: 28px; padding-right: 10px;
      grid-template-columns: auto minmax(0, 1fr) 104px 56px 56px 52px 74px; column-gap: 8px; }
    .g-head { color: var(--muted); font-size: 12px; border-bottom: 1px solid var(--line); }
    .g-head span:nth-child(n+3) { text-align: right; }
    .g-head .g-lanes { min-width: 34px; }
    .g-lanes { align-self: stretch; padding-left: 6px; display: block; }
    .g-lanes .lanes { height: 100%; min-height: 28px; }
    .g-lanes > span { display: block; height: 100%; }
    .g-name { min-width: 0; overflow-wrap: anywhere; padding: 2px 0; line-height: 1.35; }
    .g-name .muted { font-size: 12.5px; }
    .g-n { text-align: right; font-variant-numeric: tabular-nums; font-size: 13px; white-space: nowrap; }
    .wire { fill: none; stroke: var(--muted); stroke-width: 1.6; vector-effect: non-scaling-stroke; }
    .dot { stroke: var(--ink); stroke-width: 8; stroke-linecap: round; vector-effect: non-scaling-stroke; }
    .dot.join { stroke: var(--step); stroke-width: 10; }
    .dot.many { stroke: var(--link); stroke-width: 11; }
    .chip { display: inline-block; min-width: 44px; padding: 0 6px; border-radius: 4px; text-align: center;
      font-size: 12px; color: var(--ink); }
    .chip.l0 { background: var(--l0); } .chip.l1 { background: var(--l1); }
    .chip.l2 { background: var(--l2); } .chip.l3 { background: var(--l3); color: #06121d; }
    .chip.l4 { background: var(--l4); color: #04101b; }
    .chip.l5 { background: var(--l5); color: var(--bg); }
    .chip.op { background: var(--op); color: #0d0a04; }
    .chip.x1 { background: var(--x1); color: #1a0900; } .chip.x2 { background: var(--x2); color: #1a0900; }
    .chip.x3 { background: var(--x3); color: var(--bg); }
    .g-group > summary { cursor: pointer; list-style: none; background: var(--card); }
    .g-group > summary::-webkit-details-marker { display: none; }
    .fold::before { content: "▸"; display: inline-block; width: 16px; color: var(--muted); }
    .g-group[open] > summary .fold::before { content: "▾"; }
    .g-group[open] > summary .when-shut { display: none; }
    .g-group:not([open]) > summary .when-open { display: none; }
    .d1 .g-name { padding-left: 16px; } .d2 .g-name { padding-left: 30px; }
    .d3 .g-name { padding-left: 44px; } .d4 .g-name { padding-left: 56px; }
    .d5 .g-name { padding-left: 66px; } .d6 .g-name { padding-left: 74px; }
    .has-finding .g-name b { color: var(--differs); }
    @media (max-width: 760px) {
      main, .bar, footer { padding-left: 14px; padding-right: 14px; }
      .verdict h2 { font-size: 25px; }
      .verdict { padding: 14px; gap: 12px; }
      .verdict .sentence { font-size: 16px; }
      .sign { width: 40px; height: 40px; line-height: 40px; font-size: 23px; }
      .card, .join { padding: 12px 13px; }
      .card dl, dl.facts { grid-template-columns: minmax(0, 1fr); gap: 0; }
      dd { margin-bottom: 7px; }
      details.model { padding: 0 11px; }
      .g-head { display: none; }
      .g-row { grid-template-columns: auto repeat(5, auto) minmax(0, 1fr); column-gap: 10px; }
      .g-lanes { grid-row: 1 / 3; }
      .g-name { grid-column: 2 / -1; }
      .g-n { text-align: left; font-size: 12px; padding-bottom: 3px; }
      .g-n::before { content: attr(data-n) " "; color: var(--muted); }
      .g-n[data-n="frame"]::before { content: ""; }
      .d1 .g-name, .d2 .g-name, .d3 .g-name, .d4 .g-name, .d5 .g-name, .d6 .g-name { padding-left: 0; }
      .labels { max-width: 38vw; }
    }

    """

  private static let paper = """
    @media print {
      :root { --bg: #fff; --ink: #000; }
      .pane { max-height: none; }
      .readout, .skip { display: none; }
      details::details-content { content-visibility: visible; block-size: auto; }
      figure, .card, tr { break-inside: avoid; }
      * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
    }

    """
}
