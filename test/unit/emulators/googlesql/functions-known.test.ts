import { describe, expect, it } from 'vitest';
import {
  functionStatus,
  namedTwice,
  refusalOf,
} from '../../../../src/emulators/googlesql/functions/known-functions.js';
import { useCompilerLab } from './compile-harness.js';

describe('the table of known functions', () => {
  it('lists no name that has a rule', () => {
    expect(namedTwice()).toEqual([]);
    expect(functionStatus('upper')).toBe('supported');
  });

  it('tells a refused function from an unknown one', () => {
    expect(refusalOf('s2_coveringcellids')).toBe('Function S2_COVERINGCELLIDS (geography functions)');
    expect(refusalOf('UPPER')).toBeUndefined();
    expect(functionStatus('NO_SUCH_FUNCTION')).toBeUndefined();
  });
});

describe('calls of what does not exist', () => {
  const lab = useCompilerLab();

  it('names a refused function and its place', async () => {
    expect(await lab.failure('SELECT 1 + KEYS.NEW_KEYSET("x")')).toBe(
      'Function KEYS.NEW_KEYSET (encryption functions) is not supported by the BigQuery emulator at [1:12]',
    );
  });

  it('suggests the name that was meant', async () => {
    expect(await lab.failure('SELECT UPER("x")')).toBe(
      'Function not found: UPER; Did you mean upper? at [1:8]',
    );
  });
});
