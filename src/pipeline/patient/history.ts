import type { BigtablePort } from '../../gcp/bigtable/port.js';
import type { StoredRow } from '../../gcp/bigtable/rows.js';
import { bigtableRowRange } from '../../schema/bigtable-columns.js';
import { type JudgedReading, judgedReadings } from '../stream/alert-history.js';

const PAGE_ROWS = 1_000;
/** Bounds memory: a reading a minute for a week, three times over. */
export const MAX_READINGS = 30_000;

/** The readings of a stretch in the order of event time, the newest `MAX_READINGS` of them at most. */
export async function readHistory(
  port: Pick<BigtablePort, 'readRows'>,
  patientId: string,
  range: { fromMs: number; toMs: number },
): Promise<JudgedReading[]> {
  const { start, end } = bigtableRowRange(patientId, range);
  const rows: StoredRow[] = [];
  for (let from = start; rows.length < MAX_READINGS; from = `${rows.at(-1)!.key}\0`) {
    const page = await port.readRows({ start: from, end }, { limit: PAGE_ROWS });
    rows.push(...page);
    if (page.length < PAGE_ROWS) break;
  }
  return judgedReadings(patientId, rows).reverse();
}

/** A stretch of a patient's event time. */
export interface Wanted {
  patientId: string;
  fromMs: number;
  toMs: number;
}

/** The readings of several stretches, in their order, by one request unless there are very many. */
export async function readHistories(
  port: Pick<BigtablePort, 'readRows'>,
  wanted: readonly Wanted[],
): Promise<JudgedReading[][]> {
  const ranges = wanted.map(({ patientId, ...range }) => bigtableRowRange(patientId, range));
  const rows = await port.readRows(ranges, { limit: MAX_READINGS });
  if (rows.length === MAX_READINGS) {
    return Promise.all(wanted.map(({ patientId, ...range }) => readHistory(port, patientId, range)));
  }
  return wanted.map(({ patientId }) => {
    const own = rows.filter(({ key }) => key.startsWith(patientId));
    return judgedReadings(patientId, own).reverse();
  });
}
