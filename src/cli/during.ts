import type { Output, Progress } from '../output/output.js';

/**
 * Shows that `work` is under way, and how it ended.
 * @param outcome the text behind the title when it is done.
 */
export async function during<T>(
  output: Output,
  title: string,
  work: (progress: Progress) => Promise<T>,
  outcome?: (result: T) => string,
): Promise<T> {
  const progress = output.progress(title);
  try {
    const result = await work(progress);
    progress.done(outcome?.(result));
    return result;
  } catch (error) {
    progress.fail();
    throw error;
  }
}
