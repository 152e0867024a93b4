import { createRequire } from 'node:module';
import type { JournalOptions } from '../journal/journal.js';
import type { ListenOptions } from '../serving/http-listener.js';
import type { Methods } from '../serving/method.js';
import { mergeMethods } from '../serving/refused-methods.js';
import { type Serving, serve } from '../serving/serve.js';
import { databaseAdminMethods } from './admin/database-admin.js';
import type { Emulator } from './admin/emulator.js';
import { instanceAdminMethods } from './admin/instance-admin.js';
import { OPERATIONS_HTTP_RULES, operationMethods } from './admin/operations.js';
import { dataMethods } from './data/data-methods.js';
import { refusedMethods } from './refusals.js';
import { LazyLanguage } from './sql/lazy-language.js';
import { SpannerStore } from './store/spanner-store.js';

export interface SpannerServerOptions extends ListenOptions {
  /** Of a second port that serves the same, where clients of REST look for it; none when left out. */
  restPort?: number | undefined;
  /** Holds the journal. */
  dataDir: string;
  /** Default `write`. */
  durability?: JournalOptions['durability'];
  /** Milliseconds since the epoch. Default: the clock. */
  now?: () => number;
  minCheckpointBytes?: number;
  /** How often rows are deleted whose row deletion policy says so, in milliseconds. Default: a minute. */
  rowDeletionIntervalMs?: number;
  log?: (line: string) => void;
}

const PROTOS = '@google-cloud/spanner-api/build/protos/protos.json';

/** Serves Spanner from memory, with everything that is acknowledged in a journal. Resolves when it listens. */
export async function startSpannerServer(options: SpannerServerOptions): Promise<Serving> {
  const { durability = 'write', now = Date.now } = options;
  const language = new LazyLanguage();
  const openEngine = language.open;
  const store = await SpannerStore.open({ ...options, durability, now, openEngine });
  const listening: Serving[] = [];
  const close = async () => {
    await Promise.all(listening.map((serving) => serving.close()));
    await store.close();
    await language.close();
  };
  try {
    const served = {
      ...options,
      methods: allMethods({ store, now }),
      protos: [{ path: createRequire(import.meta.url).resolve(PROTOS) }],
      httpRules: OPERATIONS_HTTP_RULES,
    };
    listening.push(await serve(served));
    if (options.restPort !== undefined) listening.push(await serve({ ...served, port: options.restPort }));
    return { ...listening[0]!, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Every method of the service: what is not among them is unknown to it. */
export function allMethods(emulator: Emulator): Methods {
  return mergeMethods([
    instanceAdminMethods(emulator),
    databaseAdminMethods(emulator),
    operationMethods(emulator),
    dataMethods(emulator.store),
    refusedMethods(),
  ]);
}
