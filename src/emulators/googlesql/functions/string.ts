import { quoteString } from '../duck/quote.js';
import { duck, type Sql } from '../duck/sql.js';
import { type Collation, printType, STRING } from '../syntax/types.js';
import { joinedText } from './concatenation.js';
import { conversionSql, isCastable } from './conversions.js';
import {
  boundedRow,
  boundedValue,
  integerLiteral,
  raise,
  refuseNegative,
  slow,
  stringLiteral,
} from './emit.js';
import { type Call, type FunctionRule, scalar } from './registry.js';
import { inTurns } from './share.js';
import { own } from './udf.js';

/** Unicode White_Space, which TRIM takes off when no set is given; DuckDB's own default is the space alone. */
const WHITE_SPACE =
  ' \t\n\v\f\r\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000';

function trim(side: 'both' | 'left' | 'right'): Record<string, string | ((call: Call) => string)> {
  const name = { both: 'trim', left: 'ltrim', right: 'rtrim' }[side];
  return {
    '(STRING, [STRING]) -> STRING': (call) =>
      `${name}(${call.sql(0)}, ${call.has(1) ? call.sql(1) : quoteString(WHITE_SPACE)})`,
    '(BYTES, BYTES) -> BYTES': `${own.trim_bytes}($1, $2, ${quoteString(side)})`,
  };
}

function concat(call: Call): string {
  const operands = call
    .all()
    .map((text, index) => ({ sql: call.node(text), type: call.returns, literal: call.literal(index) }));
  return call.hole(joinedText(operands));
}

/** CONCAT takes other scalars as well, by their text. */
function concatAny(call: Call): string {
  const context = { timeZone: call.environment.timeZone, alias: () => '_c' };
  const texts = Array.from({ length: call.count }, (_, index) => {
    const type = call.type(index);
    if (!isCastable(type, STRING))
      call.fail(`CONCAT does not take ${printType(type)}`, call.argument(index).pos);
    return { sql: call.node(conversionSql(call.sql(index), type, STRING, context)), type: STRING };
  });
  return call.hole(joinedText(texts));
}

/** Start of SUBSTR as DuckDB takes it: 0 is 1, and further back than the beginning is the beginning. */
function substringStart(call: Call, length: string): string {
  const known = integerLiteral(call, 1);
  if (known !== undefined && known >= 0n) return known === 0n ? '1' : call.sql(1);
  const start = call.sql(1);
  return `CASE WHEN ${start} = 0 OR ${start} < -${length} THEN 1 ELSE ${start} END`;
}

const NEGATIVE_SUBSTRING = 'Third argument in SUBSTR() cannot be negative';

function substring(call: Call): string {
  const start = substringStart(call, `length(${call.sql(0)})`);
  if (!call.has(2)) return `substring(${call.sql(0)}, ${start})`;
  return refuseNegative(call, 2, NEGATIVE_SUBSTRING, `substring(${call.sql(0)}, ${start}, ${call.sql(2)})`);
}

function substringBytes(call: Call): string {
  const size = `octet_length(${call.sql(0)})`;
  const known = integerLiteral(call, 1);
  const given = call.sql(1);
  const start =
    known !== undefined && known > 0n
      ? given
      : `CASE WHEN ${given} < -${size} OR ${given} = 0 THEN 1 WHEN ${given} < 0 THEN ${size} + ${given} + 1 ELSE ${given} END`;
  const slice = (end: string): string =>
    `CASE WHEN ${start} > ${end} THEN CASE WHEN ${call.sql(0)} IS NOT NULL THEN ''::BLOB END ELSE array_slice(${call.sql(0)}, ${start}, ${end}) END`;
  if (!call.has(2)) return slice(size);
  return refuseNegative(
    call,
    2,
    NEGATIVE_SUBSTRING,
    slice(`least((${start}) + ${call.sql(2)} - 1, ${size})`),
    'BLOB',
  );
}

function leftBytes(call: Call): string {
  const slice = `CASE WHEN ${call.sql(1)} = 0 THEN ''::BLOB ELSE array_slice(${call.sql(0)}, 1, ${call.sql(1)}) END`;
  return refuseNegative(call, 1, 'Second argument in LEFT() cannot be negative', slice, 'BLOB');
}

function rightBytes(call: Call): string {
  const size = `octet_length(${call.sql(0)})`;
  const slice = `CASE WHEN ${call.sql(1)} = 0 THEN ''::BLOB ELSE array_slice(${call.sql(0)}, greatest(${size} - ${call.sql(1)} + 1, 1), ${size}) END`;
  return refuseNegative(call, 1, 'Second argument in RIGHT() cannot be negative', slice, 'BLOB');
}

function pad(side: 'LPAD' | 'RPAD'): Record<string, (call: Call) => string> {
  const padded = (call: Call, sql: string, duckType: string) =>
    refuseNegative(
      call,
      1,
      `Second argument (output size) for ${side} cannot be negative`,
      boundedValue(side, call.sql(1), sql),
      duckType,
    );
  return {
    '(STRING, INT64, [STRING]) -> STRING': (call) =>
      padded(
        call,
        `${side.toLowerCase()}(${call.sql(0)}, CAST(${call.sql(1)} AS INTEGER), ${call.has(2) ? call.sql(2) : "' '"})`,
        'VARCHAR',
      ),
    '(BYTES, INT64, [BYTES]) -> BYTES': (call) =>
      padded(
        call,
        `${own.pad_bytes}(${call.sql(0)}, ${call.sql(1)}, ${call.has(2) ? call.sql(2) : "' '::BLOB"}, ${side === 'LPAD'})`,
        'BLOB',
      ),
  };
}

function instr(name: string): (call: Call) => string {
  return (call) => {
    if (name === own.instr && !call.has(2)) return `instr(${call.sql(0)}, ${call.sql(1)})`;
    return `${name}(${call.sql(0)}, ${call.sql(1)}, ${call.has(2) ? call.sql(2) : '1'}, ${call.has(3) ? call.sql(3) : '1'})`;
  };
}

const NORMAL_FORMS = new Set(['NFC', 'NFD', 'NFKC', 'NFKD']);

function normalForm(call: Call): string {
  if (!call.has(1)) return "'NFC'";
  const { name, pos } = call.part(1);
  const form = name.toUpperCase();
  if (!NORMAL_FORMS.has(form)) call.fail(`Invalid normalization mode: ${name}`, pos);
  return quoteString(form);
}

/** DuckDB maps letters one by one, BigQuery in full (ß becomes SS); for ASCII they agree. */
function letterCase(name: 'upper' | 'lower'): string {
  return `CASE WHEN strlen($1) = length($1) THEN ${name}($1) ELSE ${own[name]}($1) END`;
}

function collate(call: Call): string {
  if (collationNamed(call) !== undefined) return `(${call.sql(0)} COLLATE NOCASE)`;
  // Bytes have no collation. With that of DuckDB named `binary` it refuses to compare with texts of another one.
  return `decode(encode(${call.sql(0)}))`;
}

function collationNamed(call: Call): Collation | undefined {
  const name = stringLiteral(call, 1) ?? '';
  if (name === '') return undefined;
  if (name === 'und:ci') return name;
  return call.fail(`Collation '${name}' in collate function is not supported.`, call.argument(1).pos);
}

function repeat(length: 'strlen' | 'octet_length', duckType: string): (call: Call) => string {
  return (call) => {
    const bytes = `CAST(${length}(${call.sql(0)}) AS DOUBLE) * ${call.sql(1)}`;
    return refuseNegative(
      call,
      1,
      'Second argument in REPEAT() cannot be negative',
      boundedValue('REPEAT', bytes, `${slow('repeat')}(${call.sql(0)}, ${call.sql(1)})`),
      duckType,
    );
  };
}

/** No text but a long one, or one for which much is put in, is worth counting what is replaced. */
const FEW_BYTES = 65_536;

function replace(call: Call): string {
  const [value, from, to] = call.all();
  const replaced = `replace(${value}, ${from}, ${to})`;
  const known = [1, 2].map((index) => stringLiteral(call, index));
  if (
    known[0] !== undefined &&
    known[1] !== undefined &&
    Buffer.byteLength(known[1]) <= Buffer.byteLength(known[0])
  ) {
    return replaced;
  }
  const size = `CAST(strlen(${value}) AS DOUBLE)`;
  const places = `(strlen(${value}) - strlen(replace(${value}, ${from}, ''))) / nullif(strlen(${from}), 0)`;
  const exact = `${size} + ${places} * (strlen(${to}) - strlen(${from}))`;
  const bytes = `CASE WHEN ${size} * strlen(${to}) > ${FEW_BYTES} THEN ${exact} ELSE 0 END`;
  return boundedValue(call.name, bytes, replaced);
}

/** As many comparisons take as long as a byte takes other functions of ours. */
const COMPARISONS_PER_BYTE = 16;

function boundedEditDistance(name: string): (call: Call) => string {
  return (call) => {
    const limit = call.has(2) ? call.sql(2) : '9223372036854775807';
    const inputs = [call.sql(0), call.sql(1), limit].map((sql) => call.node(sql));
    const length = (text: string) =>
      call.type(0).kind === 'BYTES' ? `octet_length(${text})` : `length(${text})`;
    const size = ([left, right]: readonly string[]) =>
      `(${length(left!)} * ${length(right!)} // ${COMPARISONS_PER_BYTE})`;
    const distance = ([left, right, most]: readonly Sql[]) => duck`${name}(${left!}, ${right!}, ${most!})`;
    return call.hole(inTurns(inputs, size, distance));
  };
}

/** Below it no text has many parts. */
const SHORT_TEXT_BYTES = 4096;
const PART_BYTES = 16;

/** The parts of a text, unless they are too many. */
function parts(text: string, delimiter: string): string {
  const removed = `strlen(${text}) - strlen(replace(${text}, ${delimiter}, ''))`;
  const count = `CASE WHEN ${delimiter} = '' THEN strlen(${text}) ELSE (${removed}) // strlen(${delimiter}) END`;
  const bytes = `CASE WHEN strlen(${text}) < ${SHORT_TEXT_BYTES} THEN 0 ELSE strlen(${text}) + ${PART_BYTES} * (${count}) END`;
  return boundedRow(bytes, `${slow('string_split')}(${text}, ${delimiter})`);
}

export const stringFunctions: FunctionRule[] = [
  scalar('ASCII', {
    '(STRING) -> INT64': (call) =>
      `CAST(CASE WHEN ${call.sql(0)} = '' THEN 0 WHEN unicode(${call.sql(0)}) < 128 THEN unicode(${call.sql(0)}) ELSE ${raise(
        "'Non-ASCII character in the argument to ASCII()'",
        'INTEGER',
      )} END AS BIGINT)`,
  }),
  scalar(
    'BYTE_LENGTH',
    { '(STRING) -> INT64': 'strlen($1)', '(BYTES) -> INT64': 'octet_length($1)' },
    { aliases: ['OCTET_LENGTH'] },
  ),
  scalar('CHAR_LENGTH', { '(STRING) -> INT64': 'length($1)' }, { aliases: ['CHARACTER_LENGTH'] }),
  scalar('CHR', { '(INT64) -> STRING': "CASE WHEN $1 = 0 THEN '' ELSE chr(CAST($1 AS INTEGER)) END" }),
  scalar('CODE_POINTS_TO_BYTES', { '(ARRAY<INT64>) -> BYTES': `${own.code_points_to_bytes}($1)` }),
  scalar('CODE_POINTS_TO_STRING', { '(ARRAY<INT64>) -> STRING': `${own.code_points_to_string}($1)` }),
  scalar(
    'COLLATE',
    { '(STRING, LITERAL STRING) -> INFERRED': collate },
    {
      returns: (call) => {
        const collation = collationNamed(call);
        return collation === undefined ? STRING : { ...STRING, collation };
      },
    },
  ),
  scalar('CONCAT', {
    '(STRING, [STRING, ...]) -> STRING': concat,
    '(BYTES, [BYTES, ...]) -> BYTES': concat,
    'hidden (ANY, [ANY, ...]) -> STRING': concatAny,
  }),
  scalar('EDIT_DISTANCE', {
    '(STRING, STRING, [max_distance => INT64]) -> INT64': boundedEditDistance(own.edit_distance),
    '(BYTES, BYTES, [max_distance => INT64]) -> INT64': boundedEditDistance(own.edit_distance_bytes),
  }),
  scalar('ENDS_WITH', {
    '(STRING, STRING) -> BOOL': 'suffix($1, $2)',
    '(BYTES, BYTES) -> BOOL': 'suffix(hex($1), hex($2))',
  }),
  scalar('FROM_BASE32', { '(STRING) -> BYTES': `${own.from_base32}($1)` }),
  scalar('FROM_BASE64', { '(STRING) -> BYTES': `${own.from_base64}($1)` }),
  scalar('FROM_HEX', { '(STRING) -> BYTES': `${own.from_hex}($1)` }),
  scalar('INITCAP', {
    '(STRING, [STRING]) -> STRING': (call) =>
      call.has(1) ? `${own.initcap_with}(${call.sql(0)}, ${call.sql(1)})` : `${own.initcap}(${call.sql(0)})`,
  }),
  scalar('INSTR', {
    '(STRING, STRING, [INT64], [INT64]) -> INT64': instr(own.instr),
    '(BYTES, BYTES, [INT64], [INT64]) -> INT64': instr(own.instr_bytes),
  }),
  scalar('LEFT', {
    '(STRING, INT64) -> STRING': (call) =>
      refuseNegative(
        call,
        1,
        'Second argument in LEFT() cannot be negative',
        `left(${call.sql(0)}, ${call.sql(1)})`,
      ),
    '(BYTES, INT64) -> BYTES': leftBytes,
  }),
  scalar('LENGTH', { '(STRING) -> INT64': 'length($1)', '(BYTES) -> INT64': 'octet_length($1)' }),
  scalar('LOWER', {
    '(STRING) -> STRING': letterCase('lower'),
    '(BYTES) -> BYTES': `${own.case_bytes}($1, false)`,
  }),
  scalar('LPAD', pad('LPAD')),
  scalar('LTRIM', trim('left')),
  scalar('NORMALIZE', {
    '(STRING, [DATE_TIME_PART]) -> STRING': (call) => `${own.normalize}(${call.sql(0)}, ${normalForm(call)})`,
  }),
  scalar('NORMALIZE_AND_CASEFOLD', {
    '(STRING, [DATE_TIME_PART]) -> STRING': (call) =>
      `${own.normalize_fold}(${call.sql(0)}, ${normalForm(call)})`,
  }),
  scalar('REPEAT', {
    '(STRING, INT64) -> STRING': repeat('strlen', 'VARCHAR'),
    '(BYTES, INT64) -> BYTES': repeat('octet_length', 'BLOB'),
  }),
  scalar('REPLACE', {
    '(STRING, STRING, STRING) -> STRING': replace,
    '(BYTES, BYTES, BYTES) -> BYTES': `${own.replace_bytes}($1, $2, $3)`,
  }),
  scalar('REVERSE', {
    '(STRING) -> STRING': `${own.reverse}($1)`,
    '(BYTES) -> BYTES': `${own.reverse_bytes}($1)`,
  }),
  scalar('RIGHT', {
    '(STRING, INT64) -> STRING': (call) =>
      refuseNegative(
        call,
        1,
        'Second argument in RIGHT() cannot be negative',
        `right(${call.sql(0)}, ${call.sql(1)})`,
      ),
    '(BYTES, INT64) -> BYTES': rightBytes,
  }),
  scalar('RPAD', pad('RPAD')),
  scalar('RTRIM', trim('right')),
  scalar('SAFE_CONVERT_BYTES_TO_STRING', { '(BYTES) -> STRING': `${own.bytes_to_text}($1)` }),
  scalar('SOUNDEX', { '(STRING) -> STRING': `${own.soundex}($1)` }),
  scalar('SPLIT', {
    '(STRING, [STRING]) -> ARRAY<STRING>': (call) =>
      call.has(1)
        ? `CASE WHEN ${call.sql(1)} IS NOT NULL THEN ${parts(call.sql(0), call.sql(1))} END`
        : parts(call.sql(0), "','"),
    '(BYTES, BYTES) -> ARRAY<BYTES>': `${own.split_bytes}($1, $2)`,
  }),
  scalar('SPLIT_SUBSTR', {
    '(STRING, STRING, INT64, [INT64]) -> STRING': (call) =>
      call.has(3)
        ? `${own.split_substr_count}(${call.all().join(', ')})`
        : `${own.split_substr}(${call.all().join(', ')})`,
  }),
  scalar('STARTS_WITH', {
    '(STRING, STRING) -> BOOL': 'starts_with($1, $2)',
    '(BYTES, BYTES) -> BOOL': 'starts_with(hex($1), hex($2))',
  }),
  scalar('STRPOS', {
    '(STRING, STRING) -> INT64': 'instr($1, $2)',
    '(BYTES, BYTES) -> INT64': `${own.instr_bytes}($1, $2, 1, 1)`,
  }),
  scalar(
    'SUBSTR',
    { '(STRING, INT64, [INT64]) -> STRING': substring, '(BYTES, INT64, [INT64]) -> BYTES': substringBytes },
    { aliases: ['SUBSTRING'] },
  ),
  scalar('TO_BASE32', { '(BYTES) -> STRING': `${own.to_base32}($1)` }),
  scalar('TO_BASE64', {
    '(BYTES) -> STRING': (call) =>
      boundedValue(call.name, `(octet_length(${call.sql(0)}) * 4 / 3)`, `to_base64(${call.sql(0)})`),
  }),
  scalar('TO_CODE_POINTS', {
    '(STRING) -> ARRAY<INT64>': `${own.code_points}($1)`,
    '(BYTES) -> ARRAY<INT64>': `${own.code_points_bytes}($1)`,
  }),
  scalar('TO_HEX', {
    '(BYTES) -> STRING': (call) =>
      boundedValue(call.name, `(octet_length(${call.sql(0)}) * 2)`, `lower(hex(${call.sql(0)}))`),
  }),
  scalar('TRANSLATE', {
    '(STRING, STRING, STRING) -> STRING': `${own.translate}($1, $2, $3)`,
    '(BYTES, BYTES, BYTES) -> BYTES': `${own.translate_bytes}($1, $2, $3)`,
  }),
  scalar('TRIM', trim('both')),
  scalar('UNICODE', {
    '(STRING) -> INT64': "CAST(CASE WHEN $1 = '' THEN 0 ELSE unicode($1) END AS BIGINT)",
  }),
  scalar('UPPER', {
    '(STRING) -> STRING': letterCase('upper'),
    '(BYTES) -> BYTES': `${own.case_bytes}($1, true)`,
  }),
];
