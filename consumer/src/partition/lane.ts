import type { FetchedRecord } from '@tributary/kafka';
import type { ConsumerError } from '../errors.ts';
import { UploadQueue, type UploadQueueOptions } from '../landing/upload-queue.ts';
import type { PartitionHistory } from '../landing/history.ts';
import type { SpooledFile } from '../spool/spooled-file.ts';
import { FileCutter, type CutterOptions } from './file-cutter.ts';
import type { Layout, LayoutName } from './layout.ts';
import { Serial } from './serial.ts';

export interface LaneOptions
  extends Omit<CutterOptions, 'onComplete'>, Omit<UploadQueueOptions, 'onTailVoid' | 'ours'> {
  readonly onCut: CutterOptions['onComplete'];
  readonly layout: Layout;
  /** Of the first file, where nothing has landed yet. */
  readonly firstLayout: LayoutName;
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
  #leavingGap = false;
  #readAlarm: ConsumerError | undefined;
  #ageTimer: AbortController | undefined;

  /** Starts after the volume's history and those of our own files (in offset order) that continue it. */
  constructor(options: LaneOptions, history: PartitionHistory | undefined, spooled: readonly SpooledFile[]) {
    this.partition = options.partition;
    this.#options = options;
    this.#position = spooled.at(-1)?.next ?? history?.next ?? 0n;
    const { layout, firstLayout } = options;
    this.#cutter = new FileCutter({ ...options, onComplete: this.#onComplete }, layout, this.#position);
    this.queue = new UploadQueue(
      {
        ...options,
        ours: layout,
        onTailVoid: this.#onTailVoid,
      },
      history ?? { next: 0n, totals: { rows: 0, files: 0 }, layout: firstLayout },
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

  /** Whether it is to be read now. */
  get reads(): boolean {
    return !this.halted && !this.#leavingGap;
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
    const end = await this.#cutter.append(records, first);
    const last = records[end - 1];
    if (last !== undefined && last.offset >= this.#position) this.#position = last.offset + 1n;
    this.#armAgeTimer();
    return end;
  }

  /**
   * Goes on at `to` behind records that the topic does not hold any more, once `report` has told of them. It is not read
   * meanwhile. Before the report everything has landed that was read before: where a winner's file was adopted for it
   * that may hold those very records, the position is not `from` any more, and the outcome is false.
   */
  async leaveGap(
    from: bigint,
    to: bigint,
    report: () => Promise<void>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const isThere = (): boolean => !this.#ignores && this.#position === from && !signal.aborted;
    this.#leavingGap = true;
    try {
      await this.#serial.run(() => this.#cutter.cut('gap', this.#position));
      await this.queue.drained(signal);
      if (!isThere()) return false;
      await report();
      return await this.#serial.run(async () => {
        if (!isThere()) return false;
        this.#position = to;
        this.#rewound = true;
        return true;
      });
    } finally {
      this.#leavingGap = false;
    }
  }

  /** Where the reader must go before it reads on, once, after the position went elsewhere than the reader knows. */
  takeRewind(): bigint | undefined {
    if (!this.#rewound) return undefined;
    this.#rewound = false;
    return this.#position;
  }

  /** Completes what is open early: only an upload makes room on a disk that is full. */
  makeRoom(): Promise<void> {
    return this.#serial.run(() => this.#cutter.cut('room', this.#position));
  }

  /**
   * Of a partition whose uploads are halted: removes its newest file, so that the others have room. Its records are read
   * again after a start, or a gap is reported. False where there is nothing to remove.
   */
  giveUpNewest(): Promise<boolean> {
    return this.#serial.run(async () => {
      if (this.queue.halted === undefined) return false;
      const dropped = await this.queue.dropNewest();
      if (dropped === undefined && this.openRows === 0) return false;
      this.#position = dropped?.from ?? this.queue.landedUpTo;
      await this.#cutter.restart(this.#position);
      return true;
    });
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

  /** Delivery 4: drops our own tail and goes on after the winner's last offset. */
  readonly #onTailVoid = (next: bigint): Promise<void> =>
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
