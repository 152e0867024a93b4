import type { DdlReader } from './ddl-reader.js';
import type { DdlStatement, Options, SequenceChange, SequenceClauses } from './statements.js';

export const SEQUENCE_KIND = 'bit_reversed_positive';
const SEQUENCE_OPTIONS = ['sequence_kind', 'skip_range_max', 'skip_range_min', 'start_with_counter'];

export function parseSequenceClauses(reader: DdlReader): SequenceClauses {
  const clauses: SequenceClauses = { bitReversedPositive: false };
  for (;;) {
    if (reader.accept('BIT_REVERSED_POSITIVE')) clauses.bitReversedPositive = true;
    else if (reader.accept('SKIP', 'RANGE')) clauses.skipRange = parseRange(reader);
    else if (reader.accept('START', 'COUNTER', 'WITH')) clauses.startWithCounter = reader.integer();
    else return clauses;
  }
}

function parseRange(reader: DdlReader): { min: bigint; max: bigint } {
  const min = reader.integer();
  reader.expect(',');
  return { min, max: reader.integer() };
}

function parseSequenceOptions(reader: DdlReader): Options {
  const options = reader.options(SEQUENCE_OPTIONS);
  const kind = options.get('sequence_kind');
  if (typeof kind === 'string' && kind !== SEQUENCE_KIND) {
    throw reader.refused(`Unsupported sequence kind: ${kind}`);
  }
  return options;
}

/** What follows `CREATE SEQUENCE`. */
export function parseCreateSequence(reader: DdlReader): DdlStatement {
  const ifNotExists = reader.ifNotExists();
  const name = reader.path();
  const clauses = parseSequenceClauses(reader);
  return { kind: 'create-sequence', name, ifNotExists, clauses, options: parseSequenceOptions(reader) };
}

/** What follows `ALTER SEQUENCE name` or, in an identity column, `SET`. */
export function parseSequenceChange(reader: DdlReader): SequenceChange {
  if (reader.accept('RESTART', 'COUNTER', 'WITH')) return { kind: 'restart', counter: reader.integer() };
  if (reader.accept('SKIP', 'RANGE')) return { kind: 'skip-range', ...parseRange(reader) };
  if (reader.accept('NO', 'SKIP', 'RANGE')) return { kind: 'no-skip-range' };
  reader.expect('SET');
  if (!reader.is('OPTIONS')) throw reader.expecting('OPTIONS');
  return { kind: 'options', options: parseSequenceOptions(reader) };
}
