import type { Problem } from '../../schema/row-validator.js';
import { type LoadOptions, scanOptions } from './load-options.js';
import type { CheckedTable } from './load-result.js';
import { RejectFile } from './rejects.js';
import { scanTable, type TableInput } from './scan.js';
import type { Validation } from './validate.js';

export function rejectFiles(table: TableInput, options: LoadOptions, validation: Validation): RejectFile[] {
  return table.sources.map(
    (source) => new RejectFile(options.rejects.get(source)!, validation.hasBrokenRecords),
  );
}

/**
 * A second reading that writes the reject files, which no table is needed for.
 * @param refused rows that were found to be bad after the checks, by number.
 */
export async function writeRejects(
  { table, validation, rejects }: CheckedTable,
  options: LoadOptions,
  refused: ReadonlyMap<number, Problem> = new Map(),
): Promise<void> {
  if (validation.rowsRejected === 0 && refused.size === 0) return;
  let current = -1;
  await scanTable(table, scanOptions(options), {
    open(_source, file) {
      current++;
      rejects[current]!.open(file);
    },
    good(row) {
      const late = refused.get(row.number);
      const problems = validation.duplicates.get(row.number) ?? (late && [late]);
      if (problems !== undefined) rejects[current]!.add(row, problems);
    },
    bad: (row, problems) => rejects[current]!.add(row, problems),
    pause: () => rejects[current]!.flush(),
    close: () => rejects[current]!.close(),
  });
}
