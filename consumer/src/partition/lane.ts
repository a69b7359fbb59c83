import type { FetchedRecord } from '@tributary/kafka';
import type { Landed } from '../landing/claim.ts';
import type { ConsumerError } from '../errors.ts';
import { UploadQueue, type UploadQueueOptions } from '../landing/upload-queue.ts';
import type { PartitionHistory } from '../landing/history.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import { FileCutter, type CutterOptions } from './file-cutter.ts';
import { sameName, type Layout } from './layout.ts';
import { Serial } from './serial.ts';

export interface LaneOptions
  extends Omit<CutterOptions, 'onComplete'>, Omit<UploadQueueOptions, 'onAdoptedOther' | 'schema'> {
  readonly onCut: CutterOptions['onComplete'];
  readonly layout: Layout;
  /**
   * Under which the partition's files landed before, where that was another. A file of a former consumer may still be
   * on its way, and only the same name keeps both from landing: see docs/decisions/one-claim-across-layouts.md.
   */
  readonly former?: Layout | undefined;
  /** The disk failed: nothing sensible can go on. */
  readonly onFatal: (error: unknown) => void;
}

/** One partition's way from records to landed files. */
export class Lane {
  readonly partition: number;
  readonly queue: UploadQueue;
  readonly #options: LaneOptions;
  readonly #cutter: FileCutter;
  readonly #serial = new Serial();
  #position: bigint;
  #rewound = false;
  /** Whether files are cut under the former layout, until one of them was the first of its name. */
  #bridging: boolean;
  #awaitsBridge = false;
  #readAlarm: ConsumerError | undefined;
  #ageTimer: AbortController | undefined;

  /** Starts after the volume's history and those of our own files (in offset order) that continue it. */
  constructor(options: LaneOptions, history: PartitionHistory | undefined, spooled: readonly SpooledFile[]) {
    this.partition = options.partition;
    this.#options = options;
    this.#position = spooled.at(-1)?.next ?? history?.next ?? 0n;
    const { layout, former } = options;
    this.#bridging = former !== undefined && !sameName(former, layout);
    this.#cutter = new FileCutter(
      { ...options, onComplete: this.#onComplete },
      this.#bridging && former !== undefined ? former : layout,
      this.#position,
    );
    this.queue = new UploadQueue(
      {
        ...options,
        schema: layout.schema,
        onAdoptedOther: this.#onAdoptedOther,
        onLanded: this.#onLanded,
      },
      history?.totals ?? { rows: 0, files: 0 },
      history?.next ?? 0n,
    );
    for (const file of spooled) this.queue.add(file);
  }

  /** The next offset wanted from the topic. */
  get position(): bigint {
    return this.#position;
  }

  /** Why nothing more can be read of it. */
  get readAlarm(): ConsumerError | undefined {
    return this.#readAlarm;
  }

  /** Whether it waits for a person; the other partitions go on. */
  get halted(): boolean {
    return this.#readAlarm !== undefined || this.queue.halted !== undefined;
  }

  /** Whether what follows can only be read once a file has landed. */
  get awaitsBridge(): boolean {
    return this.#awaitsBridge;
  }

  haltReading(alarm: ConsumerError): void {
    this.#readAlarm = alarm;
  }

  get openRows(): number {
    return this.#cutter.openRows;
  }

  /**
   * Takes what was read; `next` is where the reader goes on, past markers and aborted records. `room` resolves once the
   * disk has room.
   */
  async accept(records: readonly FetchedRecord[], next: bigint, room: () => Promise<void>): Promise<void> {
    for (let start = 0; start < records.length;) {
      // Outside the serial: cutting and uploading are what makes room.
      await room();
      start = await this.#serial.run(() => this.#append(records, start));
    }
    await this.#serial.run(async () => {
      if (this.#ignores) return;
      if (next > this.#position) this.#position = next;
      await this.#cutter.cutIfDueBySize(this.#position);
    });
  }

  /** A halted partition keeps its position so that its lag shows. */
  get #ignores(): boolean {
    return this.#rewound || this.halted;
  }

  async #append(records: readonly FetchedRecord[], start: number): Promise<number> {
    if (this.#ignores) return records.length;
    let first = start;
    while ((records[first]?.offset ?? this.#position) < this.#position) first += 1;
    if (this.#bridging) return this.#appendBridge(records, first);
    const end = await this.#cutter.append(records, first);
    const last = records[end - 1];
    if (last !== undefined && last.offset >= this.#position) this.#position = last.offset + 1n;
    this.#armAgeTimer();
    return end;
  }

  /** One record is enough to claim a name; the rest is read again, under the layout that is known then. */
  async #appendBridge(records: readonly FetchedRecord[], first: number): Promise<number> {
    const record = records[first];
    if (record === undefined) return records.length;
    await this.#cutter.append([record], 0);
    this.#position = record.offset + 1n;
    await this.#cutter.cut('layout', records[first + 1]?.offset ?? this.#position);
    this.#awaitsBridge = true;
    this.#rewound = true;
    return records.length;
  }

  /** Goes on behind records that the topic does not hold any more; the gap has been reported. */
  skipTo(offset: bigint): Promise<void> {
    return this.#serial.run(async () => {
      await this.#cutter.cut('gap', this.#position);
      this.#position = offset;
    });
  }

  /** Where the reader must go before it reads on, once, after the position went elsewhere than the reader knows. */
  takeRewind(): bigint | undefined {
    if (!this.#rewound) return undefined;
    this.#rewound = false;
    return this.#position;
  }

  /** Completes what is open, for a stop. */
  finish(): Promise<void> {
    return this.#serial.run(async () => {
      this.#ageTimer?.abort();
      await this.#cutter.cut('stop', this.#position);
    });
  }

  readonly #onComplete: CutterOptions['onComplete'] = (file, cause) => {
    this.#options.onCut(file, cause);
    this.queue.add(file);
  };

  readonly #onLanded: UploadQueueOptions['onLanded'] = (file, landed, milliseconds) => {
    // Whoever still writes under the former layout meets this name, and learns there that we have taken over.
    if (this.#bridging && !landed.adopted) {
      this.#bridging = false;
      this.#cutter.layout = this.#options.layout;
    }
    this.#awaitsBridge = false;
    this.#options.onLanded(file, landed, milliseconds);
  };

  /** Delivery 4: drops our own tail and goes on after the winner's last offset. */
  readonly #onAdoptedOther = (_file: SpooledFile, { next }: Landed): Promise<void> =>
    this.#serial.run(async () => {
      await this.queue.clear();
      await this.#cutter.restart(next);
      this.#position = next;
      this.#rewound = true;
    });

  /** A file is cut by age though no record follows it. */
  #armAgeTimer(): void {
    const dueAt = this.#cutter.dueAt;
    if (dueAt === undefined || this.#ageTimer !== undefined) return;
    const timer = new AbortController();
    this.#ageTimer = timer;
    const { clock, onFatal } = this.#options;
    clock
      .sleep(Math.max(0, dueAt - clock.now()), timer.signal)
      .then(() => this.#serial.run(() => this.#cutIfDue()))
      .catch((error: unknown) => {
        if (!timer.signal.aborted) onFatal(error);
      });
  }

  async #cutIfDue(): Promise<void> {
    const { clock } = this.#options;
    this.#ageTimer = undefined;
    // The file that the timer was set for may be complete, and another one open.
    if ((this.#cutter.dueAt ?? Number.POSITIVE_INFINITY) <= clock.now())
      await this.#cutter.cut('age', this.#position);
    this.#armAgeTimer();
  }
}

/**
 * Delivery 5: those of our own files that continue what the volume holds without a break. The others are void: their
 * records are in the volume already, or will be read again.
 */
export function continuing(
  next: bigint,
  spooled: readonly SpooledFile[],
): { kept: SpooledFile[]; void: SpooledFile[] } {
  const kept: SpooledFile[] = [];
  let end = next;
  for (const file of spooled) {
    if (file.firstOffset < end || file.from > end) continue;
    kept.push(file);
    end = file.lastOffset + 1n;
  }
  return { kept, void: spooled.filter((file) => !kept.includes(file)) };
}
