import type { Ending, Phase, RunRecord, TaskRecord } from './run-record.ts';

/**
 * Shown for a run of several tasks, and while there is no report yet: how each task ended and what its report says in
 * short. `verdicts` is HTML that was sanitised before.
 */
export function runPage(run: RunRecord, verdicts: ReadonlyMap<TaskRecord, string>): string {
  const tasks = run.tasks
    .map(
      (task) =>
        `<section><h2><a href="/runs/${run.runId}/${escape(task.taskKey)}">${escape(task.taskKey)}</a> ${chip(task)}` +
        `<small>${took(task)}</small></h2>${message(task)}${verdicts.get(task) ?? ''}</section>`,
    )
    .join('');
  const refresh = run.phase === 'TERMINATED' ? '' : '<meta http-equiv="refresh" content="3">';
  const facts = [
    ['Run', String(run.runId)],
    [
      'Started',
      run.startTime > 0
        ? `${new Date(run.startTime).toISOString().slice(0, 19).replace('T', ' ')} UTC`
        : 'not yet',
    ],
    ['Took', took(run)],
  ];
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">${refresh}
<title>${escape(run.jobName)} · run ${run.runId}</title><style>${STYLE}</style></head>
<body><header><div class="page"><p class="brand">Tributary</p><h1>${escape(run.jobName)} ${chip(run)}</h1>
<dl>${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${value}</dd></div>`).join('')}</dl></div></header>
<main class="page">${message(run)}${tasks}</main></body></html>`;
}

interface Work {
  readonly phase: Phase;
  readonly startTime: number;
  readonly endTime: number;
  readonly ending?: Ending;
}

function chip({ phase, ending }: Work): string {
  const kind = ending === undefined ? 'none' : ending.code === 'SUCCESS' ? 'good' : 'bad';
  const words = (ending?.code ?? phase).toLowerCase().replaceAll('_', ' ');
  return `<span class="chip ${kind}">${escape(words === 'success' ? 'Succeeded' : words)}</span>`;
}

function took({ startTime, endTime }: Work): string {
  return startTime > 0 && endTime > 0 ? `${((endTime - startTime) / 1_000).toFixed(1)} s` : '';
}

function message({ ending }: Work): string {
  return ending === undefined || ending.message === ''
    ? ''
    : `<p class="message">${escape(ending.message)}</p>`;
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** As the reports look (`notebook_runner/style.py`). */
const STYLE = `
:root { --ink:#1b2733; --soft:#5c6b7a; --line:#e3e8ee; --good:#1f8a55; --caution:#c98a12; --bad:#c0392b; --neutral:#0b6e8f; --none:#9aa7b3; color-scheme:light; }
* { box-sizing:border-box; }
body { margin:0; background:#fff; color:var(--ink); font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif; }
.page { max-width:66rem; margin:0 auto; padding:0 1.5rem; }
header { background:#0c2f40; background:linear-gradient(115deg,#0c2f40 20%,#0b6e8f); color:#fff; padding:1.7rem 0 1.3rem; }
.brand { margin:0; font-size:.75rem; letter-spacing:.14em; text-transform:uppercase; opacity:.75; }
h1 { margin:.25rem 0 1rem; font-size:2rem; line-height:1.2; font-weight:680; }
h2 { margin:2.2rem 0 .7rem; font-size:1.25rem; font-weight:680; } h2 a { color:var(--neutral); text-decoration:none; } h2 a:hover { text-decoration:underline; }
h2 small { margin-left:.7rem; color:var(--soft); font-size:.8rem; font-weight:400; }
dl { display:flex; flex-wrap:wrap; gap:.3rem 2rem; margin:0; font-size:.85rem; } dt { opacity:.7; font-size:.74rem; } dd { margin:0; }
.chip { display:inline-block; font-size:.78rem; line-height:1.5; font-weight:600; padding:.15rem .7rem; border-radius:99px; vertical-align:.2rem; margin-left:.5rem; }
.chip.good { background:#d9f2e3; color:#11623a; } .chip.bad { background:#fbdcd9; color:#8f1d14; } .chip.none { background:#e8edf2; color:#42505d; }
.message { color:#8f1d14; overflow-wrap:anywhere; }
ul.short { list-style:none; margin:0; padding:0; border:1px solid var(--line); border-radius:10px; overflow:hidden; box-shadow:0 1px 3px rgba(16,42,60,.06); }
ul.short li { border-left:5px solid var(--none); } ul.short li + li { border-top:1px solid var(--line); }
ul.short .good { border-left-color:var(--good); } ul.short .caution { border-left-color:var(--caution); } ul.short .bad { border-left-color:var(--bad); } ul.short .neutral { border-left-color:var(--neutral); }
ul.short a { display:grid; grid-template-columns:17rem 1fr; gap:.1rem 1.5rem; padding:.62rem 1.1rem; color:inherit; text-decoration:none; }
ul.short a:hover { background:#f6f8fa; }
ul.short .about { color:var(--soft); font-size:.88rem; padding-top:.1rem; } ul.short .verdict { font-weight:600; }
ul.short .none .verdict { font-weight:400; color:var(--soft); }
@media (max-width:48rem) { ul.short a { grid-template-columns:1fr; } }
`;
