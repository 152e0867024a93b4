import { describe } from 'vitest';
import { evaluates, type FunctionCase } from './functions-harness.js';

const cases: FunctionCase[] = [
  [`IF(1 < 2, 'a', 'b')`, '"a"'],
  ['IFNULL(NULL, 0)', '0'],
  ['NULLIF(10, 10)', 'NULL'],
  ['COALESCE(NULL, 1.5, 2)', '1.5'],
  [`FARM_FINGERPRINT('1footrue')`, '-1541654101129638711'],
  [`TO_HEX(MD5('Hello World'))`, '"b10a8db164e0754105b7a99be72e3fe5"'],
  [
    `TO_HEX(SHA512(b''))`,
    '"cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e"',
  ],
  [`NET.IP_TO_STRING(NET.IP_FROM_STRING('2001:db8::1'))`, '"2001:db8::1"'],
  [`NET.REG_DOMAIN('http://www.Google.Co.uk')`, '"Google.Co.uk"'],
  ['NET.IPV4_TO_INT64(b"\\x00\\xab\\xcd\\xef")', '11259375'],
  ['GENERATE_UUID() IS NOT NULL', 'true'],
  ['SESSION_USER()', '"me@example.com"'],
  [`SAFE.ERROR('x')`, 'NULL'],
  [`IF(1=1, 5, ERROR('x'))`, '5'],
  [`ERROR('boom')`, 'ERROR: Invalid Input Error: boom'],
  [`SHA1('a') = SHA1(b'a')`, 'true'],
  [
    'S2_COVERINGCELLIDS(NULL)',
    'ERROR: Function S2_COVERINGCELLIDS (geography functions) is not supported by the BigQuery emulator at [1:8]',
  ],
  ['NO_SUCH_THING_AT_ALL(1)', 'ERROR: Function not found: NO_SUCH_THING_AT_ALL at [1:8]'],
  [`FARM_FINGERPRINT(b'')`, '-7286425919675154353'],
  [`FARM_FINGERPRINT('a')`, '-5528939962900187677'],
  [`FARM_FINGERPRINT('Ä')`, '-2806349194193404214'],
  [`FARM_FINGERPRINT('abcd')`, '1897425971756105985'],
  [`FARM_FINGERPRINT(b'abcdefgh')`, '-78300442537744119'],
  [`FARM_FINGERPRINT('abcdefghijklmnop')`, '6080716761534418621'],
  [`FARM_FINGERPRINT('abcdefghijklmnopq')`, '-7052348088954416216'],
  [`FARM_FINGERPRINT(CONCAT('abcdefghijklmnopqrstuvwxyz', '012345'))`, '934449955909727258'],
  [`FARM_FINGERPRINT('abcdefghijklmnopqrstuvwxyz0123456')`, '-820024252881666549'],
  ['FARM_FINGERPRINT(CAST(NULL AS STRING))', 'NULL'],
  [
    `FARM_FINGERPRINT(CAST(FARM_FINGERPRINT('1footrue') AS STRING)) = FARM_FINGERPRINT('-1541654101129638711')`,
    'true',
  ],
  [`ARRAY_TRANSFORM(['a', NULL, 'abcd'], e -> FARM_FINGERPRINT(e))[SAFE_OFFSET(2)]`, '1897425971756105985'],
  [`(SELECT SUM(FARM_FINGERPRINT(s)) FROM UNNEST(['a', NULL, 'abcd']) AS s)`, '-3631513991144081692'],
  [`NET.IP_TRUNC(b'\\xaa\\xbb\\xcc\\xdd', 16)`, 'b"\\xaa\\xbb\\x00\\x00"'],
  [`NET.SAFE_IP_FROM_STRING('48.49.50')`, 'NULL'],
];

describe('conditional, hash, NET and utility functions', () => evaluates(cases));
