import { execFileSync } from 'node:child_process';
import { sep } from 'node:path';
import { expect, test } from 'vitest';
import { builtScript } from '../../src/emulators/built-script.js';

/** Libraries that take megabytes, and that most work does without. */
const HEAVY = ['@duckdb/node-api', 'avsc', 'protobufjs', 's2js'];

/** Which of them are loaded with the server of a service. */
function loadedWith(server: string): string[] {
  const script = `
    import module from 'node:module';
    await import(process.argv[1]);
    console.log(JSON.stringify(Object.keys(module._cache)));`;
  const args = ['--input-type=module', '-e', script, builtScript(server)];
  const files = JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as string[];
  const isLoaded = (library: string) =>
    files.some((file) => file.split(sep).join('/').includes(`/node_modules/${library}/`));
  return HEAVY.filter(isLoaded);
}

test.each([
  ['pubsub/server.js', []],
  ['bigtable/server.js', []],
  ['spanner/server.js', []],
  ['storage/server.js', []],
  // Its tables are DuckDB's, and its read sessions answer in Avro.
  ['bigquery/server/index.js', ['@duckdb/node-api', 'avsc']],
])('%s loads little at its start', (server, heavy) => {
  expect(loadedWith(server)).toEqual(heavy);
});
