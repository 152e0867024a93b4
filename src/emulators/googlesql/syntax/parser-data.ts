import type { ExportData, ExportModel, LoadData } from './ast.js';
import { parseTableElements } from './parser-columns.js';
import { parseConnection, parsePartitioning } from './parser-create.js';
import { parseObjectPath } from './parser-paths.js';
import { parseQuery } from './parser-queries.js';
import { parseOptionList, parseOptions } from './parser-types.js';
import type { TokenStream } from './token-stream.js';

/** EXPORT DATA and EXPORT MODEL. */
export function parseExport(stream: TokenStream): ExportData | ExportModel {
  const { pos } = stream;
  stream.expectWord('EXPORT');
  if (stream.acceptWord('MODEL')) {
    const model = parseObjectPath(stream);
    return { kind: 'ExportModel', model, options: parseOptions(stream), pos, end: stream.lastEnd };
  }
  stream.expectWord('DATA');
  const connection = parseConnection(stream);
  const options = parseOptions(stream);
  stream.expectWord('AS');
  const query = parseQuery(stream);
  return { kind: 'ExportData', connection, options, query, pos, end: stream.lastEnd };
}

export function parseLoadData(stream: TokenStream): LoadData {
  const { pos } = stream;
  stream.expectWords('LOAD', 'DATA');
  const mode = stream.acceptOneOf('INTO', 'OVERWRITE');
  if (!mode) throw stream.unexpected();
  const temporary = stream.isWord('TABLE', 1) && stream.acceptOneOf('TEMP', 'TEMPORARY') !== undefined;
  if (temporary) stream.expectWord('TABLE');
  const load: LoadData = {
    kind: 'LoadData',
    overwrite: mode === 'OVERWRITE',
    temporary,
    target: parseObjectPath(stream),
    options: [],
    fromFiles: [],
    pos,
    end: 0,
  };
  if (stream.isSymbol('(')) load.columns = parseTableElements(stream);
  const { partitionBy, clusterBy } = parsePartitioning(stream);
  Object.assign(load, { partitionBy, clusterBy, options: parseOptions(stream) });
  stream.expectWords('FROM', 'FILES');
  load.fromFiles = parseOptionList(stream);
  if (stream.acceptWords('WITH', 'PARTITION', 'COLUMNS')) {
    load.partitionColumns = stream.isSymbol('(') ? parseTableElements(stream) : [];
  }
  load.connection = parseConnection(stream);
  load.end = stream.lastEnd;
  return load;
}
