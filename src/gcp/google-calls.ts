import { isAlreadyExists, isNotFound, translateGoogleError } from './google-errors.js';

/** Runs calls of a Google client so that their errors say what was being done and what to do about it. */
export function callsOf({
  local,
}: {
  local: boolean;
}): <T>(doing: string, call: () => Promise<T>) => Promise<T> {
  return async (doing, call) => {
    try {
      return await call();
    } catch (error) {
      throw translateGoogleError(error, doing, local);
    }
  };
}

/** What the call gives; undefined when the resource does not exist. */
export async function unlessMissing<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await call();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Creates something that another run may have made meanwhile. */
export async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
  }
}

/** Deletes something that another run may have deleted meanwhile. */
export async function unlessGone(remove: () => Promise<unknown>): Promise<void> {
  await unlessMissing(remove);
}
