import type { Methods } from '../../serving/method.js';
import { reading } from '../../serving/reading.js';
import type { Emulator } from '../emulator.js';
import { checkName } from '../names.js';
import { readTableName } from './row-writes.js';
import { sampleRowKeys } from './sample-row-keys.js';

const DATA = 'google.bigtable.v2.Bigtable';

/** The data API. All of its messages are coded by hand: they are what a pipeline sends by the million. */
export function dataMethods(emulator: Emulator): Methods {
  return {
    [DATA]: {
      ReadRows: {
        kind: 'server-stream-raw',
        handle: (request, call) =>
          reading('google.bigtable.v2.ReadRowsRequest', () => emulator.readRows(request, call)),
      },
      SampleRowKeys: {
        kind: 'server-stream-raw',
        handle: (request, call) =>
          reading('google.bigtable.v2.SampleRowKeysRequest', async () => {
            const table = emulator.store.table(readTableName(request, 4, 5));
            for (const response of sampleRowKeys(table)) call.send(response);
          }),
      },
      MutateRow: {
        kind: 'unary-raw',
        handle: (request) =>
          reading('google.bigtable.v2.MutateRowRequest', () => emulator.mutateRow(request)),
      },
      MutateRows: {
        kind: 'server-stream-raw',
        handle: (request, call) =>
          reading('google.bigtable.v2.MutateRowsRequest', async () => {
            call.send(await emulator.mutateRows(request));
          }),
      },
      CheckAndMutateRow: {
        kind: 'unary-raw',
        handle: (request) =>
          reading('google.bigtable.v2.CheckAndMutateRowRequest', () => emulator.checkAndMutateRow(request)),
      },
      ReadModifyWriteRow: {
        kind: 'unary-raw',
        handle: (request) =>
          reading('google.bigtable.v2.ReadModifyWriteRowRequest', () => emulator.readModifyWriteRow(request)),
      },
      PingAndWarm: {
        kind: 'unary',
        handle: ({ name }) => {
          checkName('instance', name, 'name');
          return {};
        },
      },
    },
  };
}
