import { MAX_SHORT_BYTES } from '../values/farm-short.js';
import { type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

/** DuckDB hashes to hexadecimal text; a STRING is hashed as its UTF-8 bytes. */
function hash(name: string, duck: string): FunctionRule {
  return scalar(name, {
    '(STRING) -> BYTES': `unhex(${duck}($1))`,
    '(BYTES) -> BYTES': `unhex(${duck}($1))`,
  });
}

/**
 * Short values are cut into numbers by DuckDB, on its own threads: reading bytes in JavaScript is most of the work, and
 * nobody else is served meanwhile.
 */
function fingerprint(bytes: string): string {
  const zeros = `'${'\\x00'.repeat(HALF_BYTES)}'::BLOB`;
  const word = (value: string, before: string) =>
    `array_slice(${value}, ${before} + 1, ${before} + 8)::BIT::UBIGINT`;
  const size = 'octet_length(_f.b)';
  const words = [
    word(`_f.b || ${zeros}`, '0'),
    word(`_f.b || ${zeros}`, '8'),
    word(`${zeros} || _f.b`, size),
    word(`${zeros} || _f.b`, `${size} + 8`),
  ];
  const short = `${own.farm_short}(${size}::UBIGINT, ${words.join(', ')})`;
  const any = `CASE WHEN ${size} > ${MAX_SHORT_BYTES} THEN ${own.farm_fingerprint}(_f.b) ELSE ${short} END`;
  return `list_transform([struct_pack(b := ${bytes})], lambda _f: ${any})[1]`;
}

const HALF_BYTES = 16;

export const hashFunctions: FunctionRule[] = [
  scalar('FARM_FINGERPRINT', {
    '(STRING) -> INT64': fingerprint('encode($1)'),
    '(BYTES) -> INT64': fingerprint('$1'),
  }),
  hash('MD5', 'md5'),
  hash('SHA1', 'sha1'),
  hash('SHA256', 'sha256'),
  scalar('SHA512', {
    '(STRING) -> BYTES': `${own.sha512}(encode($1))`,
    '(BYTES) -> BYTES': `${own.sha512}($1)`,
  }),
];
