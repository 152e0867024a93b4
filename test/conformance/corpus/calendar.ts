import type { OwnCase } from './case.js';

/** A statement that ends with the calendar. */
function outside(expression: string, error: string | RegExp): OwnCase {
  return { name: `ends the calendar in ${expression}`, sql: `SELECT ${expression}`, error };
}

export const calendarCases: OwnCase[] = [
  {
    name: 'knows ISO years of 53 weeks',
    sql: "SELECT LAST_DAY(DATE '2020-06-01', ISOYEAR), LAST_DAY(DATE '2021-01-02', ISOYEAR), LAST_DAY(DATE '2021-01-04', ISOYEAR), LAST_DAY(DATETIME '2015-12-31 10:00:00', ISOYEAR), EXTRACT(ISOWEEK FROM DATE '2021-01-03'), EXTRACT(ISOYEAR FROM DATE '2021-01-03')",
    rows: [['2021-01-03', '2021-01-03', '2022-01-02', '2016-01-03', 53, 2020]],
  },
  {
    name: 'truncates to ISO years and counts them',
    sql: "SELECT DATE_TRUNC(DATE '2021-01-03', ISOYEAR), DATE_TRUNC(DATE '2021-01-04', ISOYEAR), DATE_DIFF(DATE '2021-01-04', DATE '2021-01-03', ISOYEAR), DATE_DIFF(DATE '2021-01-03', DATE '2019-12-30', ISOYEAR), FORMAT_DATE('%G-W%V-%u', DATE '2021-01-03'), TIMESTAMP_TRUNC(TIMESTAMP '2021-01-03 05:00:00+00', ISOYEAR)",
    rows: [['2019-12-30', '2021-01-04', 1, 0, '2020-W53-7', '2019-12-30T00:00:00+00:00']],
  },
  outside("DATE_ADD(DATE '9999-12-31', INTERVAL 1 DAY)", 'Adding 1 DAY to date 9999-12-31 causes overflow'),
  outside(
    "DATE_SUB(DATE '0001-01-01', INTERVAL 1 MONTH)",
    'Subtracting 1 MONTH from date 0001-01-01 causes overflow',
  ),
  outside("DATE '9999-12-31' + 1", 'Adding 1 DAY to date 9999-12-31 causes overflow'),
  outside("DATE '0001-01-01' - 1", 'Subtracting 1 DAY from date 0001-01-01 causes overflow'),
  outside("DATETIME_ADD(DATETIME '9999-12-31 23:59:59', INTERVAL 1 SECOND)", 'causes overflow'),
  outside("TIMESTAMP_SUB(TIMESTAMP '0001-01-01 00:00:00+00', INTERVAL 1 MICROSECOND)", 'causes overflow'),
  outside(
    'TIMESTAMP_MICROS(253402300800000000)',
    'TIMESTAMP_MICROS range is -62135596800000000 to 253402300799999999 but saw 253402300800000000',
  ),
  outside('TIMESTAMP_MICROS(9223372036854775807)', 'but saw 9223372036854775807'),
  outside(
    'TIMESTAMP_SECONDS(-62135596801)',
    'TIMESTAMP_SECONDS range is -62135596800 to 253402300799 but saw -62135596801',
  ),
  outside('DATE_FROM_UNIX_DATE(2932897)', 'DATE_FROM_UNIX_DATE range is -719162 to 2932896 but saw 2932897'),
  outside(
    "DATE_TRUNC(DATE '0001-01-05', WEEK(SATURDAY))",
    'Truncating date 0001-01-05 to WEEK(SATURDAY) resulted in an out of range date value',
  ),
  outside("DATETIME_TRUNC(DATETIME '0001-01-05 10:00:00', WEEK)", 'resulted in an out of range'),
  outside(
    "TIMESTAMP_TRUNC(TIMESTAMP '0001-01-05 10:00:00+00', WEEK)",
    'Truncating to the nearest week causes underflow',
  ),
  outside(
    "LAST_DAY(DATE '9999-12-31', WEEK)",
    'Last day of date 9999-12-31 to WEEK resulted in an out of range date value',
  ),
  outside(
    "LAST_DAY(DATE '9999-12-31', ISOYEAR)",
    'Last day of date 9999-12-31 to ISOYEAR resulted in an out of range date value',
  ),
  outside(
    "NEXT_DAY(DATE '9999-12-31', 'MON')",
    'Next day of 9999-12-31 resulted in an out of range date value',
  ),
  outside("ADD_MONTHS(DATE '0001-01-15', -1)", 'Adding -1 MONTH to date 0001-01-15 causes overflow'),
  outside("DATETIME '9999-12-31 00:00:00' + INTERVAL 1 DAY", 'causes overflow'),
  outside("TIMESTAMP '9999-12-31 23:00:00+00' + INTERVAL 1 HOUR", 'causes overflow'),
  outside(
    "TIMESTAMP(DATETIME '9999-12-31 23:00:00', 'America/Los_Angeles')",
    /out of range|overflow|Invalid/i,
  ),
  outside(
    "DATETIME(TIMESTAMP '0001-01-01 00:00:00+00', 'America/Los_Angeles')",
    /out of range|overflow|Invalid/i,
  ),
  outside("TIMESTAMP('0001-01-01 00:00:00', 'Asia/Tokyo')", /Invalid timestamp|out of range|overflow/i),
  {
    name: 'reaches both ends of the calendar',
    sql: "SELECT DATE_ADD(DATE '9999-12-30', INTERVAL 1 DAY), DATE_TRUNC(DATE '0001-01-03', ISOWEEK), LAST_DAY(DATE '9999-12-01'), TIMESTAMP_SECONDS(253402300799), TIMESTAMP_MILLIS(-62135596800000), LAST_DAY(DATE '0001-01-02', WEEK)",
    rows: [
      [
        '9999-12-31',
        '0001-01-01',
        '9999-12-31',
        '9999-12-31T23:59:59+00:00',
        '0001-01-01T00:00:00+00:00',
        '0001-01-06',
      ],
    ],
  },
  {
    name: 'takes DATETIME in the functions of TIMESTAMP',
    sql: "SELECT TIMESTAMP_TRUNC(x, HOUR), TIMESTAMP_ADD(x, INTERVAL 1 DAY), TIMESTAMP_SUB(x, INTERVAL 90 MINUTE), TIMESTAMP_DIFF(x, DATETIME '2024-01-01 00:00:00', DAY), TIMESTAMP_TRUNC(x, MONTH), TIMESTAMP_ADD(x, INTERVAL 1 MONTH), TIMESTAMP_TRUNC(x, WEEK(MONDAY)) FROM UNNEST([DATETIME '2024-01-31 03:04:05']) AS x",
    columns: [
      'f0_ DATETIME',
      'f1_ DATETIME',
      'f2_ DATETIME',
      'f3_ INTEGER',
      'f4_ DATETIME',
      'f5_ DATETIME',
      'f6_ DATETIME',
    ],
    rows: [
      [
        '2024-01-31T03:00:00',
        '2024-02-01T03:04:05',
        '2024-01-31T01:34:05',
        30,
        '2024-01-01T00:00:00',
        '2024-02-29T03:04:05',
        '2024-01-29T00:00:00',
      ],
    ],
  },
  {
    name: 'takes text for an instant in the functions of TIMESTAMP',
    sql: "SELECT TIMESTAMP_TRUNC('2024-01-31 03:04:05+01', DAY), TIMESTAMP_ADD('2024-01-31 03:04:05', INTERVAL 1 HOUR), TIMESTAMP_DIFF('2024-01-31 03:04:05', '2024-01-31 03:04:00', SECOND)",
    columns: ['f0_ TIMESTAMP', 'f1_ TIMESTAMP', 'f2_ INTEGER'],
    rows: [['2024-01-31T00:00:00+00:00', '2024-01-31T04:04:05+00:00', 5]],
  },
  {
    name: 'counts whole units between DATETIMEs by boundaries',
    sql: "SELECT TIMESTAMP_DIFF(DATETIME '2024-01-02 00:00:01', DATETIME '2024-01-01 23:59:59', DAY), DATETIME_DIFF(DATETIME '2024-01-02 00:00:01', DATETIME '2024-01-01 23:59:59', DAY), TIMESTAMP_DIFF(TIMESTAMP '2024-01-02 00:00:01+00', TIMESTAMP '2024-01-01 23:59:59+00', DAY)",
    rows: [[1, 1, 0]],
  },
  {
    name: 'formats the offset of a zone with and without a colon',
    sql: "SELECT FORMAT_TIMESTAMP('%z %Ez', TIMESTAMP '2024-01-02 03:04:05+00', z) FROM UNNEST(['UTC', '-00:30', '+05:30', 'America/St_Johns', 'Asia/Kathmandu']) AS z WITH OFFSET AS o ORDER BY o",
    rows: [['+0000 +00:00'], ['-0030 -00:30'], ['+0530 +05:30'], ['-0330 -03:30'], ['+0545 +05:45']],
  },
];
