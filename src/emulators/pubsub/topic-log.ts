import { type PubsubMessage, readMessage } from './message.js';

/** The messages of one Publish request, as they came. */
export interface Segment {
  /** Place of the first message in its topic's log. */
  firstSeq: number;
  /** Message id of the first one; the others count on. */
  firstId: number;
  publishTimeMs: number;
  bytes: Buffer;
  /** Offsets into `bytes` in pairs: where a message starts and where it ends. */
  bounds: Uint32Array;
  /** Ordering keys, empty for messages without; undefined when no message has one. */
  keys: readonly string[] | undefined;
}

export function segmentEnd(segment: Segment): number {
  return segment.firstSeq + segment.bounds.length / 2;
}

export function messageAt({ bytes, bounds }: Segment, index: number): PubsubMessage {
  return readMessage(bytes, bounds[index * 2]!, bounds[index * 2 + 1]!);
}

export function sizeAt({ bounds }: Segment, index: number): number {
  return bounds[index * 2 + 1]! - bounds[index * 2]!;
}

/** Messages of a topic in the order of their publication, as far back as somebody needs them. */
export class TopicLog {
  readonly segments: Segment[] = [];
  /** Place that the next message gets. */
  endSeq = 0;

  append(segment: Segment): void {
    this.segments.push(segment);
    this.endSeq = Math.max(this.endSeq, segmentEnd(segment));
  }

  /** The segment that holds `seq`, or the first one behind it. */
  locate(seq: number): Segment | undefined {
    return this.segments[this.#firstIndex((segment) => segmentEnd(segment) > seq)];
  }

  /** Place of the first message that was published at `timeMs` or later. */
  seqAtTime(timeMs: number): number {
    const segment = this.segments[this.#firstIndex(({ publishTimeMs }) => publishTimeMs >= timeMs)];
    return segment === undefined ? this.endSeq : segment.firstSeq;
  }

  /** Forgets what lies wholly before `seq`. Who holds such a segment keeps it. */
  trim(seq: number): void {
    const keepFrom = this.#firstIndex((segment) => segmentEnd(segment) > seq);
    if (keepFrom > 0) this.segments.splice(0, keepFrom);
  }

  /** Bisects: `test` is false for some segments and true for all that follow. */
  #firstIndex(test: (segment: Segment) => boolean): number {
    let low = 0;
    let high = this.segments.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (test(this.segments[middle]!)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}
