import { describe, expect, it } from 'vitest';
import { asFlags, ownNames } from '../helpers/own-names.js';
import { runHealthmon } from '../helpers/run.js';
import { useTestStack } from '../helpers/stack.js';

describe('the instance of Bigtable', () => {
  const stack = useTestStack();

  async function provision(id: string) {
    const { json, stderr } = await runHealthmon(['provision', ...asFlags(ownNames(id)), '--json'], {
      env: { PATH: process.env.PATH, HEALTHMON_NO_AUTOSTART: '1', ...stack.env },
    });
    const { result, error } = json() as { result?: unknown; error?: unknown };
    expect(error, stderr).toBeUndefined();
    return result as { changes: Record<string, unknown>[]; created: number };
  }

  // Google's emulator has none.
  it.skipIf(process.env.HEALTHMON_EMULATORS_BIGTABLE === 'official')(
    'is made once, and then kept',
    async () => {
      const id = `instance-${process.pid}`;
      const step = { service: 'bigtable', resource: `instance ${id}`, action: 'create' };
      expect((await provision(id)).changes).toContainEqual(expect.objectContaining(step));
      expect((await provision(id)).created).toBe(0);
    },
  );

  it('is made by one of two who provision at once', async () => {
    const id = `both-${process.pid}`;
    await Promise.all([provision(id), provision(id)]);
    expect((await provision(id)).created).toBe(0);
  });
});
