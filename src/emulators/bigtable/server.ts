import { createRequire } from 'node:module';
import { type JournalOptions, openJournal } from '../journal/journal.js';
import type { ListenOptions } from '../serving/http-listener.js';
import type { Methods } from '../serving/method.js';
import { mergeMethods } from '../serving/refused-methods.js';
import { type Serving, serve } from '../serving/serve.js';
import { instanceAdminMethods } from './admin/instance-admin.js';
import { OPERATIONS_HTTP_RULES, Operations } from './admin/operations.js';
import { tableAdminMethods } from './admin/table-admin.js';
import { dataMethods } from './data/data-methods.js';
import { Emulator, type Surroundings } from './emulator.js';
import { checkpoint, FORMAT_VERSION, replay } from './persistence.js';
import { refusedMethods } from './refusals.js';
import { Store } from './store.js';

export interface BigtableServerOptions extends ListenOptions {
  /** Holds the journal. */
  dataDir: string;
  /** Default `write`. */
  durability?: JournalOptions['durability'];
  surroundings?: Partial<Surroundings>;
  minCheckpointBytes?: number;
  log?: (line: string) => void;
}

const PROTOS = '@google-cloud/bigtable/build/protos/protos.json';

/** Serves Bigtable from memory, with everything that is acknowledged in a journal. Resolves when it listens. */
export async function startBigtableServer(options: BigtableServerOptions): Promise<Serving> {
  const { dataDir, durability = 'write', minCheckpointBytes, log } = options;
  const surroundings: Surroundings = { now: Date.now, random: Math.random, ...options.surroundings };
  const store = new Store();
  const journal = await openJournal({
    folder: dataDir,
    name: 'bigtable',
    formatVersion: FORMAT_VERSION,
    durability,
    replay: (kind, payload) => replay(store, kind, payload),
    checkpoint: () => checkpoint(store, surroundings.now()),
    minCheckpointBytes,
    log,
  });
  const emulator = new Emulator(store, journal, surroundings);
  emulator.collector.look();
  try {
    const serving = await serve({
      ...options,
      methods: allMethods(emulator),
      protos: [{ path: createRequire(import.meta.url).resolve(PROTOS) }],
      httpRules: OPERATIONS_HTTP_RULES,
    });
    return {
      ...serving,
      close: async () => {
        await serving.close();
        await emulator.collector.close();
        await journal.close();
      },
    };
  } catch (error) {
    await journal.close();
    throw error;
  }
}

/** Every method of the service: what is not among them is unknown to it. */
export function allMethods(emulator: Emulator): Methods {
  const operations = new Operations();
  return mergeMethods([
    dataMethods(emulator),
    tableAdminMethods(emulator, operations),
    instanceAdminMethods(emulator, operations),
    operations.methods(),
    refusedMethods(),
  ]);
}
