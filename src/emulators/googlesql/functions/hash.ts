import { type FunctionRule, scalar } from './registry.js';
import { own } from './udf.js';

/** DuckDB hashes to hexadecimal text; a STRING is hashed as its UTF-8 bytes. */
function hash(name: string, duck: string): FunctionRule {
  return scalar(name, {
    '(STRING) -> BYTES': `unhex(${duck}($1))`,
    '(BYTES) -> BYTES': `unhex(${duck}($1))`,
  });
}

export const hashFunctions: FunctionRule[] = [
  scalar('FARM_FINGERPRINT', {
    '(STRING) -> INT64': `${own.farm_fingerprint}(encode($1))`,
    '(BYTES) -> INT64': `${own.farm_fingerprint}($1)`,
  }),
  hash('MD5', 'md5'),
  hash('SHA1', 'sha1'),
  hash('SHA256', 'sha256'),
  scalar('SHA512', {
    '(STRING) -> BYTES': `${own.sha512}(encode($1))`,
    '(BYTES) -> BYTES': `${own.sha512}($1)`,
  }),
];
