import type { OwnCase } from './case.js';

function fails(expression: string, error: string): OwnCase {
  return { name: `refuses ${expression}`, sql: `SELECT ${expression}`, error };
}

export const decimalCases: OwnCase[] = [
  {
    name: 'takes roots of decimals to their last digit',
    sql: "SELECT SQRT(BIGNUMERIC '2'), SQRT(NUMERIC '2'), CBRT(BIGNUMERIC '2'), CBRT(NUMERIC '-27'), SQRT(NUMERIC '0'), SQRT(BIGNUMERIC '1e38'), SQRT(NUMERIC '12345678901234567890123456789')",
    columns: [
      'f0_ BIGNUMERIC',
      'f1_ NUMERIC',
      'f2_ BIGNUMERIC',
      'f3_ NUMERIC',
      'f4_ NUMERIC',
      'f5_ BIGNUMERIC',
      'f6_ NUMERIC',
    ],
    rows: [
      [
        '1.41421356237309504880168872420969807857',
        '1.414213562',
        '1.25992104989487316476721060727822835057',
        '-3',
        '0',
        '10000000000000000000',
        '111111110611111.109936111',
      ],
    ],
  },
  {
    name: 'raises decimals to whole powers to their last digit',
    sql: "SELECT POW(BIGNUMERIC '1.1', 2), POW(BIGNUMERIC '10', -10), POW(NUMERIC '1.5', 3), POW(BIGNUMERIC '-2', 3), POW(BIGNUMERIC '3', -1), POW(NUMERIC '2', 0), POW(NUMERIC '0', 5), POWER(BIGNUMERIC '1.00000000000000000000000000000000000001', 2), POW(NUMERIC '0.5', 40)",
    rows: [
      [
        '1.21',
        '0.0000000001',
        '3.375',
        '-8',
        '0.33333333333333333333333333333333333333',
        '1',
        '0',
        '1.00000000000000000000000000000000000002',
        '0',
      ],
    ],
  },
  {
    name: 'raises decimals to broken powers to their last digit',
    sql: "SELECT POW(BIGNUMERIC '2', BIGNUMERIC '0.5'), POW(NUMERIC '4', NUMERIC '-0.5'), POW(BIGNUMERIC '2', BIGNUMERIC '100.5'), POW(NUMERIC '1e20', NUMERIC '-0.5')",
    rows: [
      [
        '1.41421356237309504880168872420969807857',
        '0.5',
        '1792728671193156477399422023278.6614963942392225642736880258337976613',
        '0',
      ],
    ],
  },
  {
    name: 'knows logarithms and exponentials of decimals to their last digit',
    sql: "SELECT EXP(BIGNUMERIC '1'), LN(BIGNUMERIC '2'), LOG10(BIGNUMERIC '1e-20'), LOG(BIGNUMERIC '8', 2), EXP(NUMERIC '-1'), LN(NUMERIC '10'), LOG(NUMERIC '100', NUMERIC '10'), EXP(BIGNUMERIC '0'), LOG10(NUMERIC '5'), LOG(BIGNUMERIC '2')",
    rows: [
      [
        '2.71828182845904523536028747135266249776',
        '0.69314718055994530941723212145817656808',
        '-20',
        '3',
        '0.367879441',
        '2.302585093',
        '2',
        '1',
        '0.698970004',
        '0.69314718055994530941723212145817656808',
      ],
    ],
  },
  {
    name: 'gives NULL for NULL in the functions of decimals',
    sql: "SELECT SQRT(CAST(NULL AS BIGNUMERIC)), POW(BIGNUMERIC '2', NULL), LOG(NUMERIC '2', CAST(NULL AS NUMERIC)), EXP(CAST(NULL AS NUMERIC))",
    rows: [[null, null, null, null]],
  },
  fails("SQRT(BIGNUMERIC '-1')", 'SQRT is undefined for negative value: SQRT(-1)'),
  fails("LN(NUMERIC '0')", 'LN is undefined for zero or negative value: LN(0)'),
  fails("LOG10(BIGNUMERIC '-2')", 'LOG10 is undefined for zero or negative value: LOG10(-2)'),
  fails(
    "LOG(NUMERIC '2', NUMERIC '1')",
    'LOG is undefined for zero or negative value, or when base equals 1',
  ),
  fails("POW(NUMERIC '10', 29)", 'numeric overflow'),
  fails("POW(BIGNUMERIC '10', 39)", 'BIGNUMERIC overflow'),
  fails("POW(BIGNUMERIC '0', -1)", 'division by zero'),
  fails("POW(NUMERIC '-2', NUMERIC '0.5')", 'Negative NUMERIC value cannot be raised to a fractional power'),
  fails("EXP(NUMERIC '67')", 'numeric overflow: EXP(67)'),
  fails("EXP(BIGNUMERIC '90')", 'BIGNUMERIC overflow: EXP(90)'),
];
