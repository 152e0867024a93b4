import type {
  QuickJSContext,
  QuickJSHandle,
  QuickJSRuntime,
  QuickJSWASMModule,
} from 'quickjs-emscripten-core';

export interface SandboxLimits {
  memoryBytes: number;
  stackBytes: number;
}

/** Why code of a user failed. */
export class ScriptError extends Error {
  /**
   * @param reason what the code did, or which limit ended it
   * @param errorName class of what was thrown, empty when that is no error
   * @param frames lines `at name (file:line:column)` of the interpreter, both from 1
   */
  constructor(
    message: string,
    readonly reason: 'thrown' | 'time' | 'memory',
    readonly errorName = '',
    readonly frames = '',
  ) {
    super(message);
  }
}

let loading: Promise<QuickJSWASMModule> | undefined;

/** An interpreter of its own: it has no clock but its own, no files and no network. */
export async function openSandbox(limits: SandboxLimits): Promise<Sandbox> {
  loading ??= loadModule();
  return new Sandbox(await loading, limits);
}

async function loadModule(): Promise<QuickJSWASMModule> {
  const [{ newQuickJSWASMModuleFromVariant }, { default: variant }] = await Promise.all([
    import('quickjs-emscripten-core'),
    import('@jitl/quickjs-wasmfile-release-sync'),
  ]);
  return newQuickJSWASMModuleFromVariant(variant as never);
}

/** Runs code of users, with limits of time and memory. */
export class Sandbox {
  readonly #runtime: QuickJSRuntime;
  readonly #context: QuickJSContext;
  #isOver: () => boolean = () => false;

  constructor(module: QuickJSWASMModule, { memoryBytes, stackBytes }: SandboxLimits) {
    this.#runtime = module.newRuntime();
    this.#runtime.setMemoryLimit(memoryBytes);
    this.#runtime.setMaxStackSize(stackBytes);
    this.#runtime.setInterruptHandler(() => this.#isOver());
    this.#context = this.#runtime.newContext();
  }

  /**
   * The value of a script, as plain data.
   *
   * @param isOver is asked now and then; true ends the code
   * @throws ScriptError
   */
  evaluate(source: string, file: string, isOver: () => boolean): unknown {
    return this.#within(isOver, () => this.#taken(this.#context.evalCode(source, file)));
  }

  /** Runs a module, whose exports become the members of the global `name`. @throws ScriptError */
  evaluateModule(source: string, file: string, name: string, isOver: () => boolean): void {
    const context = this.#context;
    this.#within(isOver, () => {
      const result = context.evalCode(source, file, { type: 'module' });
      const exports = this.#unwrapped(result);
      context.setProp(context.global, name, exports);
      exports.dispose();
    });
  }

  /** What the global function `name` makes of a text; its value becomes a text. @throws ScriptError */
  call(name: string, argument: string, isOver: () => boolean): string | null {
    const context = this.#context;
    const callee = context.getProp(context.global, name);
    const text = context.newString(argument);
    try {
      const value = this.#within(isOver, () =>
        this.#taken(context.callFunction(callee, context.undefined, text)),
      );
      return typeof value === 'string' ? value : null;
    } finally {
      text.dispose();
      callee.dispose();
    }
  }

  dispose(): void {
    this.#context.dispose();
    this.#runtime.dispose();
  }

  #within<T>(isOver: () => boolean, work: () => T): T {
    this.#isOver = isOver;
    return work();
  }

  #taken(result: ReturnType<QuickJSContext['evalCode']>): unknown {
    const handle = this.#unwrapped(result);
    const value = this.#context.dump(handle);
    handle.dispose();
    return value;
  }

  #unwrapped(result: ReturnType<QuickJSContext['evalCode']>): QuickJSHandle {
    if (result.error === undefined) return result.value;
    const thrown = this.#context.dump(result.error) as unknown;
    result.error.dispose();
    throw scriptError(thrown);
  }
}

function scriptError(thrown: unknown): ScriptError {
  // Without memory for an error the interpreter throws null.
  if (thrown === null) return new ScriptError('out of memory', 'memory');
  if (typeof thrown !== 'object' || !('message' in thrown)) {
    const text = typeof thrown === 'object' ? JSON.stringify(thrown) : String(thrown);
    return new ScriptError(text, 'thrown');
  }
  const {
    name = 'Error',
    message,
    stack = '',
  } = thrown as { name?: string; message: string; stack?: string };
  if (name === 'InternalError' && message === 'interrupted') return new ScriptError(message, 'time');
  if (name === 'InternalError' && message === 'out of memory') return new ScriptError(message, 'memory');
  if (name === 'InternalError' && message === 'stack overflow') {
    return new ScriptError('Maximum call stack size exceeded', 'thrown', 'RangeError', stack);
  }
  return new ScriptError(inWordsOfV8(message), 'thrown', name, stack);
}

/** Programs look for what V8 says of these two. */
function inWordsOfV8(message: string): string {
  return message
    .replace(/^'(.+)' is not defined$/, '$1 is not defined')
    .replace(
      /^cannot read property '(.+)' of (undefined|null)$/,
      "Cannot read properties of $2 (reading '$1')",
    );
}

/** Ends code after as many milliseconds. */
export function within(runMs: number): () => boolean {
  const deadline = performance.now() + runMs;
  return () => performance.now() > deadline;
}
