import { describe, expect, it } from 'vitest';
import { isConflict } from '../../../../src/emulators/googlesql/duck/conflict.js';
import { translateDuckError } from '../../../../src/emulators/googlesql/duck/errors.js';

const FULL = 'Resources exceeded: The disk of the emulator is full. Nothing of the statement was stored.';

describe('a failure of DuckDB', () => {
  it.each([
    'IO Error: Could not write file "/data/bigquery.duckdb": No space left on device',
    'TransactionContext Error: Failed to commit: Could not write file "/data/bigquery.duckdb.wal": No space left on device',
    'TransactionContext Error: Failed to commit: Could not write all bytes to file "/data/x.wal": wanted=4096 wrote=0: Disk quota exceeded',
    'IO Error: Could not write file "/data/tmp": File too large',
  ])('for want of room is no conflict with another: %s', (message) => {
    const error = new Error(message);
    expect(isConflict(error)).toBe(false);
    expect(translateDuckError(error)).toMatchObject({ reason: 'resourcesExceeded', message: FULL });
  });

  it('that the system reports itself is told alike', () => {
    const error = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    });
    expect(translateDuckError(error)).toMatchObject({ reason: 'resourcesExceeded', message: FULL });
  });

  it('at the end of a transaction is a conflict when another was first', () => {
    const error = new Error('TransactionContext Error: Failed to commit: write-write conflict on key');
    expect(isConflict(error)).toBe(true);
    expect(translateDuckError(error)).toMatchObject({
      reason: 'invalidQuery',
      message: 'Transaction is aborted due to concurrent update',
    });
  });
});
