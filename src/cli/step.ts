import type { Context } from './command.js';
import { type CommandIndex, parseCommandLine } from './program.js';

/** Runs a command line within a run that is under way: the same words, checks and result as at a terminal. */
export async function runStep(
  argv: readonly string[],
  index: CommandIndex,
  context: Context,
): Promise<unknown> {
  const invocation = await parseCommandLine(argv, index, { version: '' });
  if ('text' in invocation) throw new Error('the step only asks for help');
  context.signal.throwIfAborted();
  return invocation.command.run(invocation.input, context);
}
