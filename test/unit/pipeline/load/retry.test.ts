import { expect, it } from 'vitest';
import { retried } from '../../../../src/pipeline/load/retry.js';

const OPTIONS = { local: true, signal: new AbortController().signal };

/** A request that fails with these errors, one after the other, before it succeeds. */
function failing(...errors: [code: number, message: string][]) {
  let calls = 0;
  return async () => {
    const error = errors[calls++];
    if (error === undefined) return calls;
    throw Object.assign(new Error(error[1]), { code: error[0] });
  };
}

it('asks again after faults that pass', async () => {
  const faults: unknown[] = [];
  const request = failing(
    [10, '10 ABORTED: lock'],
    [14, '14 UNAVAILABLE: gone'],
    [8, '8 RESOURCE_EXHAUSTED: busy'],
    [5, '5 NOT_FOUND: Session not found: projects/p'],
  );
  expect(await retried(request, { ...OPTIONS, onFault: (code) => faults.push(code) })).toBe(5);
  expect(faults).toEqual([10, 14, 8, 5]);
});

it('gives up at once for what another try does not change', async () => {
  const request = failing([5, '5 NOT_FOUND: Parent row is missing in the table Session not found']);
  await expect(retried(request, OPTIONS)).rejects.toThrow('Parent row');
  await expect(retried(failing([6, '6 ALREADY_EXISTS: row']), OPTIONS)).rejects.toThrow('row');
});

it('stops while it waits for the next try', async () => {
  const abort = new AbortController();
  const request = () => Promise.reject(Object.assign(new Error('14 UNAVAILABLE: gone'), { code: 14 }));
  setTimeout(() => abort.abort(new Error('enough')), 50);
  await expect(retried(request, { ...OPTIONS, signal: abort.signal })).rejects.toThrow('enough');
});
