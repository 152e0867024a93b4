import type { Methods } from '../../serving/method.js';
import { ServiceError } from '../../serving/service-error.js';
import { MalformedMessage } from '../../wire/reader.js';
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
        handle: (request, call) => reading('ReadRowsRequest', () => emulator.readRows(request, call)),
      },
      SampleRowKeys: {
        kind: 'server-stream-raw',
        handle: (request, call) =>
          reading('SampleRowKeysRequest', async () => {
            const table = emulator.store.table(readTableName(request, 4, 5));
            for (const response of sampleRowKeys(table)) call.send(response);
          }),
      },
      MutateRow: {
        kind: 'unary-raw',
        handle: (request) => reading('MutateRowRequest', () => emulator.mutateRow(request)),
      },
      MutateRows: {
        kind: 'server-stream-raw',
        handle: (request, call) =>
          reading('MutateRowsRequest', async () => {
            call.send(await emulator.mutateRows(request));
          }),
      },
      CheckAndMutateRow: {
        kind: 'unary-raw',
        handle: (request) => reading('CheckAndMutateRowRequest', () => emulator.checkAndMutateRow(request)),
      },
      ReadModifyWriteRow: {
        kind: 'unary-raw',
        handle: (request) => reading('ReadModifyWriteRowRequest', () => emulator.readModifyWriteRow(request)),
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

/** @throws ServiceError INVALID_ARGUMENT when the request is no such message. */
async function reading<T>(type: string, handle: () => Promise<T>): Promise<T> {
  try {
    return await handle();
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new ServiceError(
      'INVALID_ARGUMENT',
      `The request is not a valid google.bigtable.v2.${type}: ${error.message}.`,
    );
  }
}
