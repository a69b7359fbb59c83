import type { ProducerConfig, ProducerStatus } from '@tributary/api';
import type { KafkaRecord } from '@tributary/kafka';
import type { Shown } from './kill-run.ts';
import { valuesOf } from './feed-under-test.ts';

const PAGE_SIZE = 4;
/** Between two events: of the present, which go on for as long as the run, and of the past, ten in each window. */
const TICK_MS = 40;
const PAST = { from: '2020-01-01T00:00:00.000Z', to: '2020-01-08T00:00:00.000Z', step: '2h' } as const;
const PAST_TICK_MS = 12 * 60_000;

type Http = NonNullable<ProducerConfig['source']['http']>;

/** Events asked for by windows, in pages; `past` has a range of the past fetched between the polls. */
export function windowSource(url: string, { past = false } = {}) {
  const query = [
    { name: 'since', value: '{{ window.start }}' },
    { name: 'until', value: '{{ window.end }}' },
  ];
  return {
    request: { url: `${url}/events`, query },
    pagination: { page: { parameter: 'p', size: PAGE_SIZE } },
    window: { start: new Date().toISOString(), step: '400ms', format: 'epochMillis' },
    ...(past ? { backfill: PAST } : {}),
    allowPrivate: true,
  };
}

/** One event at each tick, and what became of it: windows must meet without a gap, and a range of the past go on where it was. */
export class ShownEvents implements Shown {
  readonly #from: number;
  readonly #past: boolean;
  #until = Infinity;
  /** Begin of the latest window of the past that was asked for. */
  #reached = -Infinity;
  readonly #askedAgain: number[] = [];

  constructor({ window, backfill }: Http) {
    this.#from = Date.parse(window?.start ?? '');
    this.#past = backfill !== undefined;
  }

  freeze(): void {
    this.#until = Date.now();
  }

  answer({ searchParams }: URL): { body: string; etag: undefined } {
    const [since, until] = [Number(searchParams.get('since')), Number(searchParams.get('until'))];
    const page = Number(searchParams.get('p') ?? '1') - 1;
    if (since < this.#from) this.#askPast(since);
    const times = [
      ...ticks(since, Math.min(until, this.#until), since < this.#from ? PAST_TICK_MS : TICK_MS),
    ];
    const rows = times
      .slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE)
      .map((at) => ({ id: String(at), time: new Date(at).toISOString() }));
    return { body: JSON.stringify(rows), etag: undefined };
  }

  isDone({ lastPoll, backfilledTo }: ProducerStatus): boolean {
    return lastPoll?.result === 'Unchanged' && (!this.#past || backfilledTo === PAST.to);
  }

  differences(records: readonly KafkaRecord[]): string[] {
    const arrived = Map.groupBy(valuesOf(records), (value) => Number(value?.['id']));
    const expected = new Set(ticks(this.#from, this.#until, TICK_MS));
    const [from, to] = [Date.parse(PAST.from), Date.parse(PAST.to)];
    if (this.#past) for (const at of ticks(from, to, PAST_TICK_MS)) expected.add(at);
    const named = (at: number): string => new Date(at).toISOString();
    return [
      ...[...expected].filter((at) => !arrived.has(at)).map((at) => `${named(at)}: lost`),
      ...[...arrived].filter(([, all]) => all.length > 1).map(([at]) => `${named(at)}: repeated`),
      ...[...arrived.keys()].filter((at) => !expected.has(at)).map((at) => `${at}: invented`),
      ...this.#askedAgain.map((since) => `${named(since)}: a window that was complete, asked for again`),
    ];
  }

  /** Whoever asks for the next window has committed the one before. */
  #askPast(since: number): void {
    if (since < this.#reached) this.#askedAgain.push(since);
    this.#reached = Math.max(this.#reached, since);
  }
}

function* ticks(from: number, until: number, everyMs: number): Generator<number> {
  for (let at = Math.ceil(from / everyMs) * everyMs; at < until; at += everyMs) yield at;
}
