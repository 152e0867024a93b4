import { describe, expect, it } from 'vitest';
import type { RowFailure } from '../../../../src/gcp/bigtable/port.js';
import { type Reading, VITALS } from '../../../../src/pipeline/stream/reading.js';
import { bigtableSink, type SinkItem } from '../../../../src/pipeline/stream/sinks.js';
import { UnjudgedMarks } from '../../../../src/pipeline/stream/unjudged-marks.js';

function item(patientId: string, minute: number): SinkItem {
  const reading: Reading = {
    patientId,
    deviceId: '',
    eventTimeMs: Date.UTC(2026, 2, 1) + minute * 60_000,
    values: VITALS.map(() => 70),
  };
  return { reading, messageId: `${patientId}-${minute}` };
}

const ITEMS = [item('1', 0), item('2', 0), item('1', 1)];
const stores = { mutateRows: async (): Promise<RowFailure[]> => [] };

describe('the sink bigtable has stored a reading', () => {
  it('only when the newest values of its patient are stored too', async () => {
    let stored: (failures: RowFailure[]) => void = () => {};
    const sink = bigtableSink({
      vitals: stores,
      now: { mutateRows: () => new Promise((resolve) => (stored = resolve)) },
    });
    let settled = false;
    const writing = sink.write(ITEMS).finally(() => (settled = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    stored([]);
    expect(await writing).toEqual([]);
  });

  it('not when those values, or the mark for the alerts, are refused: every reading of the patient comes again', async () => {
    for (const marks of [undefined, new UnjudgedMarks(() => 0)]) {
      const sink = bigtableSink(
        {
          vitals: stores,
          now: {
            async mutateRows(rows) {
              // The last row of the patient: the mark, where there are marks.
              const index = rows.findLastIndex(({ key }) => key === '1');
              return [{ index, reason: 'moved', kind: 'transient' }];
            },
          },
        },
        marks,
      );
      const failures = await sink.write(ITEMS);
      expect(failures.map(({ index, kind }) => ({ index, kind }))).toEqual([
        { index: 0, kind: 'transient' },
        { index: 2, kind: 'transient' },
      ]);
    }
  });

  it('not when either of the two requests fails', async () => {
    const gone = {
      async mutateRows(): Promise<RowFailure[]> {
        throw Object.assign(new Error('unavailable'), { code: 14 });
      },
    };
    for (const ports of [
      { vitals: gone, now: stores },
      { vitals: stores, now: gone },
    ]) {
      await expect(bigtableSink(ports).write(ITEMS)).rejects.toMatchObject({ code: 14 });
    }
  });
});
