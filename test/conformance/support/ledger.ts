import { expect } from 'vitest';

/** Cases that are known to differ from the service, each with its reason. */
export type Ledger = Readonly<Record<string, string>>;

/** Runs a case: one in the ledger must fail, any other must pass. */
export async function againstLedger(id: string, ledger: Ledger, run: () => Promise<void>): Promise<void> {
  const reason = ledger[id];
  if (reason === undefined) {
    await run();
    return;
  }
  let failed = false;
  try {
    await run();
  } catch {
    failed = true;
  }
  expect(failed, `${id} passes: take it out of the divergence ledger (${reason})`).toBe(true);
}

/** A ledger must not name cases that do not exist. */
export function unknownIds(ledger: Ledger, ids: Iterable<string>): string[] {
  const known = new Set(ids);
  return Object.keys(ledger).filter((id) => !known.has(id));
}
