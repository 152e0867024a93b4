import { type MessagePort, workerData } from 'node:worker_threads';
import { type Batch, CANCELLED, type Definition, DONE, ENDED, type Outcome, TIMED_OUT } from './protocol.js';
import { openSandbox, type Sandbox, ScriptError } from './sandbox.js';
import { sqlFunction } from './sql-function.js';

export interface WorkerLimits {
  /** Of one call. */
  runMs: number;
  memoryBytes: number;
  stackBytes: number;
  /** As many interpreters stay open for further batches. */
  sandboxes: number;
}

const CODE = 'function.js';
const LIBRARY = 'library.js';
const BODY = 'sqlBody';
const CALL = 'sqlCall';

const { limits, port } = workerData as { limits: WorkerLimits; port: MessagePort };
/** The interpreters by their definitions, the one used last at the end. */
const open = new Map<string, Sandbox>();
/** Batches run one after the other. */
let tail = Promise.resolve();

port.on('message', (batch: Batch) => {
  tail = tail.then(async () => {
    port.postMessage(await outcomeOf(batch));
    Atomics.store(batch.flags, DONE, 1);
    Atomics.notify(batch.flags, DONE);
  });
});

async function outcomeOf(batch: Batch): Promise<Outcome> {
  const results: (string | null)[] = [];
  const { id, calls, safe, flags } = batch;
  const definition = JSON.parse(batch.definition) as Definition;
  let sandbox: Sandbox | undefined;
  try {
    sandbox = await sandboxOf(batch.definition, definition, limitOf(flags));
    for (const call of calls) {
      if (Atomics.load(flags, CANCELLED) !== 0) break;
      results.push(resultOf(sandbox, call, safe, limitOf(flags)));
      Atomics.add(flags, ENDED, 1);
    }
    return { id, results };
  } catch (error) {
    // What a call left half done is not kept.
    open.delete(batch.definition);
    sandbox?.dispose();
    return { id, results, error: messageOf(error, definition) };
  }
}

function resultOf(sandbox: Sandbox, call: string, safe: boolean, isOver: () => boolean): string | null {
  try {
    return sandbox.call(CALL, call, isOver);
  } catch (error) {
    if (safe && error instanceof ScriptError && error.reason === 'thrown') return null;
    throw error;
  }
}

function limitOf(flags: Int32Array): () => boolean {
  const deadline = performance.now() + limits.runMs;
  return () => Atomics.load(flags, CANCELLED) !== 0 || performance.now() > deadline;
}

async function sandboxOf(key: string, definition: Definition, isOver: () => boolean): Promise<Sandbox> {
  const known = open.get(key);
  open.delete(key);
  const sandbox = known ?? (await define(definition, isOver));
  open.set(key, sandbox);
  const [oldest] = open.keys();
  if (open.size > limits.sandboxes && oldest !== undefined) {
    open.get(oldest)!.dispose();
    open.delete(oldest);
  }
  return sandbox;
}

async function define(definition: Definition, isOver: () => boolean): Promise<Sandbox> {
  const { parameterNames, code, libraries, parameters, returns, notAggregate } = definition;
  const sandbox = await openSandbox(limits);
  try {
    for (const library of libraries) sandbox.evaluate(`${library}\n;undefined`, LIBRARY, isOver);
    if (notAggregate === undefined) {
      const source = `globalThis.${BODY} = function (${parameterNames.join(', ')}) {\n${code}\n}; undefined`;
      sandbox.evaluate(source, CODE, isOver);
    } else sandbox.evaluateModule(`\n${code}`, CODE, BODY, isOver);
    const type = JSON.stringify({ parameters, returns, notAggregate });
    sandbox.evaluate(`globalThis.${CALL} = (${sqlFunction})(${type}, ${BODY}); undefined`, 'call.js', isOver);
    return sandbox;
  } catch (error) {
    sandbox.dispose();
    throw error;
  }
}

/** What the service says. */
function messageOf(error: unknown, { signature, code }: Definition): string {
  if (!(error instanceof ScriptError)) return `An internal error occurred: ${String(error)}`;
  const { reason, errorName, message } = error;
  if (reason === 'memory') {
    return `Resources exceeded during query execution: UDF out of memory. at ${signature}`;
  }
  if (reason === 'time') {
    return `${TIMED_OUT} at ${signature}`;
  }
  if (errorName === 'Coercion') return message;
  return `${errorName === '' ? '' : `${errorName}: `}${message} at ${signature}${placeOf(error, code)}`;
}

/** The service counts lines of the code from 1; it shows a column from 0 with the next one, and the first as 1. */
function placeOf({ frames }: ScriptError, code: string): string {
  const place = new RegExp(`${CODE}:(\\d+):(\\d+)`).exec(frames);
  if (place === null) return '';
  const line = Number(place[1]) - 1;
  const text = code.split('\n')[line - 1] ?? '';
  const column = Number(place[2]) - 1;
  // The interpreter names the place where the error was made, the service the statement that threw it.
  const thrown = text.lastIndexOf('throw ', column);
  const shown = thrown < 0 ? column : thrown;
  return ` line ${line}, ${shown === 0 ? 'column 1' : `columns ${shown}-${shown + 1}`}`;
}
