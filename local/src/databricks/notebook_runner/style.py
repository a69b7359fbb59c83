"""The look of a report. No font, image or script is loaded from anywhere."""

STYLE = """
:root { --ink:#1b2733; --soft:#5c6b7a; --line:#e3e8ee; --accent:#0b6e8f; --paper:#fff; --wash:#f6f8fa;
  --good:#1f8a55; --caution:#c98a12; --bad:#c0392b; --neutral:#0b6e8f; --none:#9aa7b3; color-scheme:light; }
* { box-sizing:border-box; }
html { scroll-behavior:smooth; scroll-padding-top:1rem; }
body { margin:0; background:var(--paper); color:var(--ink); font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; -webkit-font-smoothing:antialiased; }
.page { max-width:66rem; margin:0 auto; padding:0 1.5rem; }
header { background:#0c2f40; background:linear-gradient(115deg,#0c2f40 20%,#0b6e8f); color:#fff; padding:1.7rem 0 1.3rem; }
.brand { margin:0; font-size:.75rem; letter-spacing:.14em; text-transform:uppercase; opacity:.75; }
.brand b { letter-spacing:0; text-transform:none; font-weight:600; font-size:.9rem; margin-left:.7rem; }
h1 { margin:.25rem 0 1rem; font-size:2rem; line-height:1.2; font-weight:680; letter-spacing:-.01em; }
h2 { margin:3rem 0 .5rem; padding-top:1.2rem; border-top:1px solid var(--line); font-size:1.4rem; line-height:1.3; font-weight:680; letter-spacing:-.005em; }
h3 { margin:1.6rem 0 .4rem; font-size:1.08rem; }
p { margin:.5rem 0; max-width:50rem; } a { color:var(--accent); }
code { font:.88em/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; background:var(--wash); padding:.1em .35em; border-radius:4px; }
pre { font:.8rem/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace; white-space:pre-wrap; overflow-wrap:anywhere; margin:.4rem 0; padding:.8rem 1rem; border-radius:8px; }
pre.code { background:var(--wash); border:1px solid var(--line); }
pre.printed { padding:.1rem 0; color:var(--soft); font-family:inherit; font-size:.95rem; max-width:50rem; }
main > pre.trace { margin-top:1.6rem; } pre.trace { background:#fdf1f0; border:1px solid #f1c4c0; color:#8f1d14; }
.chip { display:inline-block; font-size:.78rem; line-height:1.5; font-weight:600; padding:.15rem .7rem; border-radius:99px; vertical-align:.3rem; margin-left:.5rem; letter-spacing:0; }
.chip.good { background:#d9f2e3; color:#11623a; } .chip.bad { background:#fbdcd9; color:#8f1d14; } .chip.none { background:#e8edf2; color:#42505d; }
.facts { display:flex; flex-wrap:wrap; gap:.3rem 2rem; margin:0; font-size:.85rem; }
.facts dt { opacity:.7; font-size:.74rem; } .facts dd { margin:0; overflow-wrap:anywhere; }
.lead { margin:1.6rem 0 1.3rem; } .lead h2 { margin:0 0 .6rem; padding:0; border:0; font-size:.78rem; letter-spacing:.1em; text-transform:uppercase; color:var(--soft); font-weight:600; }
ul.short { list-style:none; margin:0; padding:0; border:1px solid var(--line); border-radius:10px; overflow:hidden; box-shadow:0 1px 3px rgba(16,42,60,.06); }
ul.short li { border-left:5px solid var(--none); } ul.short li + li { border-top:1px solid var(--line); }
ul.short .good { border-left-color:var(--good); } ul.short .caution { border-left-color:var(--caution); } ul.short .bad { border-left-color:var(--bad); } ul.short .neutral { border-left-color:var(--neutral); }
ul.short a { display:grid; grid-template-columns:17rem 1fr; gap:.1rem 1.5rem; padding:.62rem 1.1rem; color:inherit; text-decoration:none; }
ul.short a:hover { background:var(--wash); }
ul.short .about { color:var(--soft); font-size:.88rem; padding-top:.1rem; } ul.short .verdict { font-weight:600; }
ul.short .none .verdict { font-weight:400; color:var(--soft); }
.also { font-size:.88rem; color:var(--soft); max-width:none; } .also a { text-decoration:none; }
section.cell { margin:.8rem 0 1.1rem; }
section.failed { border-left:4px solid var(--bad); padding-left:1rem; }
.finding p { max-width:56rem; } .finding .headline { max-width:none; }
details > summary { cursor:pointer; color:var(--soft); font-size:.78rem; width:fit-content; }
details > summary:hover { color:var(--accent); } .took { opacity:.65; margin-left:.3rem; font-variant-numeric:tabular-nums; }
details.source { margin:.3rem 0; } details.parameters { margin:.7rem 0 0; }
figure { margin:1rem 0 .6rem; } figure img { display:block; max-width:100%; height:auto; }
.scroll { display:inline-block; max-width:100%; min-width:min(100%,34rem); overflow:auto; max-height:48rem; border:1px solid var(--line); border-radius:8px; margin:.7rem 0 .3rem; vertical-align:top; }
section.cell > details { clear:both; }
table { border-collapse:collapse; font-size:.86rem; line-height:1.45; }
table.data { width:100%; } .scroll th { position:sticky; top:0; background:var(--wash); }
th, td { padding:.4rem .62rem; text-align:left; border-bottom:1px solid var(--line); vertical-align:top; }
table.data tbody tr:hover td { background:#fafbfc; }
tbody tr:last-child td { border-bottom:0; }
th { font-weight:600; color:var(--soft); vertical-align:bottom; }
.number { text-align:right; font-variant-numeric:tabular-nums; white-space:nowrap; } th.number { white-space:normal; }
.null { color:#9aa7b3; } .note { color:var(--soft); font-size:.82rem; }
blockquote { margin:.8rem 0; padding:.1rem 1rem; border-left:3px solid var(--accent); color:var(--soft); }
footer { margin:3.5rem 0 2.5rem; padding-top:1rem; border-top:1px solid var(--line); color:var(--soft); font-size:.82rem; }
footer p { max-width:none; }
@media (max-width:48rem) { ul.short a { grid-template-columns:1fr; } h1 { font-size:1.6rem; } }
@media print { header { background:none; color:var(--ink); } .scroll { max-height:none; } details.source { display:none; } section.cell, figure { break-inside:avoid; } }
"""
