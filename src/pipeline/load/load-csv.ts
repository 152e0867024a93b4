import type { Config } from '../../config/config.js';
import type { GoogleClients } from '../../gcp/clients.js';
import { openSpannerData } from '../../gcp/spanner/data.js';
import { storagePort } from '../../gcp/storage/port.js';
import { CheckedLoad, type TableJob } from './checked-load.js';
import { liveTableOf } from './live-tables.js';
import { exceeds, tooManyError } from './load-errors.js';
import { type LoadOptions, scanOptions } from './load-options.js';
import { type LoadResult, summary, type TableLoadResult, tableResult } from './load-result.js';
import type { LoadInput, TableInput } from './scan.js';
import { refuseChanged } from './staging.js';
import { type Validation, validateTable } from './validate.js';
import { rejectFiles, writeRejects } from './write-rejects.js';

/** Validates only: nothing is written but the reject files, and no service is asked. */
export async function checkCsv(input: LoadInput, options: LoadOptions): Promise<LoadResult> {
  const startedMs = performance.now();
  const results: TableLoadResult[] = [];
  for (const table of input) {
    const validation = await validate(table, options);
    const job = { table, validation, rejects: rejectFiles(table, options, validation) };
    await writeRejects(job, options);
    await refuseChanged(table.sources);
    results.push(tableResult(job));
  }
  const result = summary(results, 'check', startedMs, (table) => table.rowsRead);
  if (exceeds(result, options.maxRejects)) throw tooManyError(result);
  return result;
}

/**
 * Loads CSV files into Spanner: everything is checked first, then staged in Cloud Storage, then written in batches.
 * Rejected rows go to a file beside the source. The same call after an interruption goes on where it stopped.
 */
export async function loadCsv(
  clients: GoogleClients,
  config: Config,
  input: LoadInput,
  options: LoadOptions,
): Promise<LoadResult> {
  const startedMs = performance.now();
  const data = await openSpannerData(clients, config);
  const storage = await storagePort(clients, config);
  const lives = await Promise.all(input.map(({ schema }) => liveTableOf(data, schema)));
  const jobs: TableJob[] = [];
  for (const [index, table] of input.entries()) {
    const validation = await validate(table, options);
    const rejects = rejectFiles(table, options, validation);
    jobs.push({ table, index, live: lives[index]!, validation, rejects, staged: [] });
  }
  const load = new CheckedLoad({ config, data, storage, jobs, options, startedMs });
  await load.refuseTooMany();
  await load.stage();
  return await load.write();
}

function validate(table: TableInput, options: LoadOptions): Promise<Validation> {
  return validateTable(table, scanOptions(options), ({ rows, rejected }) =>
    options.onProgress?.({ phase: 'check', table: table.schema.spannerTable, rows, rejected }),
  );
}
