import { openSandbox, ScriptError, within } from '../javascript/sandbox.js';
import type { Message } from '../serving/method.js';
import type { PubsubMessage } from './message.js';
import { invalid, unsupported } from './names.js';

/** https://cloud.google.com/pubsub/docs/smts/udfs-overview */
const LIMITS = {
  enabled: 5,
  codeBytes: 20 * 1024,
  runMs: 500,
  memoryBytes: 32 * 1024 * 1024,
  stackBytes: 128 * 1024,
} as const;

export interface TransformMetadata {
  message_id?: string;
  publish_time?: string;
  ordering_key?: string;
}

/** The functions of a resource, one after the other. */
export interface Transform {
  /** @returns undefined when a function has filtered the message out. @throws ServiceError when one fails */
  apply(message: PubsubMessage, metadata: TransformMetadata): PubsubMessage | undefined;
  dispose(): void;
}

interface Udf {
  functionName: string;
  code: string;
}

/** @throws ServiceError INVALID_ARGUMENT for functions that cannot be compiled, UNIMPLEMENTED by name */
export async function checkTransforms(transforms: unknown): Promise<void> {
  (await compileTransforms(transforms, { evenDisabled: true }))?.dispose();
}

/** Undefined when there is nothing to apply. */
export async function compileTransforms(
  transforms: unknown,
  { evenDisabled = false } = {},
): Promise<Transform | undefined> {
  const list = (transforms ?? []) as Message[];
  const enabled = list.filter(({ disabled }) => disabled !== true);
  if (enabled.length > LIMITS.enabled) {
    throw invalid(
      `The request exceeds the maximum number of enabled message transforms. Maximum enabled transforms: ` +
        `${LIMITS.enabled}. Enabled transforms: ${enabled.length}.`,
    );
  }
  const udfs = (evenDisabled ? list : enabled).map(udfOf);
  if (udfs.length === 0) return undefined;
  const steps = await Promise.all(udfs.map(createSandbox));
  return {
    apply(message, metadata) {
      let current: PubsubMessage | undefined = message;
      for (const step of steps) current = current && step.run(current, metadata);
      return current;
    },
    dispose() {
      for (const step of steps) step.dispose();
    },
  };
}

function udfOf({ javascriptUdf, aiInference }: Message): Udf {
  if (aiInference !== undefined) throw unsupported('A message transform by AI inference (ai_inference)');
  const { functionName = '', code = '' } = (javascriptUdf ?? {}) as Partial<Udf>;
  if (!/^[A-Za-z_$][\w$]*$/.test(functionName)) {
    throw invalid(`Invalid message transform: "${functionName}" is no name of a function of JavaScript.`);
  }
  const bytes = Buffer.byteLength(code);
  if (bytes > LIMITS.codeBytes) {
    throw invalid(`The code of ${functionName} has ${bytes} bytes; at most ${LIMITS.codeBytes} are allowed.`);
  }
  return { functionName, code };
}

async function createSandbox({ functionName, code }: Udf) {
  const sandbox = await openSandbox(LIMITS);
  const evaluate = (source: string): unknown => {
    try {
      return sandbox.evaluate(source, 'transform.js', within(LIMITS.runMs));
    } catch (error) {
      if (!(error instanceof ScriptError)) throw error;
      throw invalid(`The message transform ${functionName} failed: ${error.message}.`);
    }
  };
  try {
    evaluate(code);
    if (evaluate(`typeof ${functionName}`) !== 'function') {
      throw invalid(`Invalid message transform: the code defines no function ${functionName}.`);
    }
  } catch (error) {
    sandbox.dispose();
    throw error;
  }
  return {
    dispose: () => sandbox.dispose(),
    run(
      { data, attributes, orderingKey }: PubsubMessage,
      metadata: TransformMetadata,
    ): PubsubMessage | undefined {
      const input = { data: data.toString('utf8'), attributes: Object.fromEntries(attributes) };
      // As JSON the message is data and cannot be taken for code.
      const text = evaluate(
        `JSON.stringify(${functionName}(${literal(input)}, ${literal(metadata)}) ?? null)`,
      );
      return resultOf(functionName, JSON.parse(String(text)), orderingKey);
    },
  };
}

function literal(value: unknown): string {
  return `JSON.parse(${JSON.stringify(JSON.stringify(value))})`;
}

function resultOf(functionName: string, result: unknown, orderingKey: string): PubsubMessage | undefined {
  if (result === null) return undefined;
  const { data, attributes = {} } = result as { data?: unknown; attributes?: Record<string, unknown> };
  const isText = (value: unknown) => typeof value === 'string';
  if (!isText(data) || typeof attributes !== 'object' || !Object.values(attributes).every(isText)) {
    throw invalid(
      `The message transform ${functionName} must give null, or data as text and attributes of text.`,
    );
  }
  return {
    data: Buffer.from(data as string),
    attributes: new Map(Object.entries(attributes as Record<string, string>)),
    orderingKey,
  };
}
