import {
  BLOCK,
  b,
  type Case,
  chain,
  condition,
  family,
  INVALID,
  interleave,
  key,
  label,
  PASS,
  qualifier,
  reads,
  SINK,
  STRIP,
  value,
} from './case.js';

const A2 = 'r1 f:a@2000=new';
const A1 = 'r1 f:a@1000=old';
const B1 = 'r1 f:b@1000=x1';
const G1 = 'r1 g:a@1000=y';
const R2 = 'r2 f:c@1000=z';
const ROWS = [A2, A1, B1, G1, R2];

const columnRange = (range: object) => ({ columnRangeFilter: { familyName: 'f', ...range } });
const valueRange = (valueRangeFilter: object) => ({ valueRangeFilter });
const times = (startTimestampMicros: string, endTimestampMicros: string) => ({
  timestampRangeFilter: { startTimestampMicros, endTimestampMicros },
});

function filters(
  cases: Record<string, readonly [filter: object, gives: readonly string[] | { code: number }]>,
): Case[] {
  return Object.entries(cases).map(([name, [filter, gives]]) => ({
    name: `filter: ${name}`,
    rows: ROWS,
    steps: [reads(filter as Record<string, unknown>, gives)],
  }));
}

export const FILTER_CASES: readonly Case[] = [
  { name: 'no filter gives everything', rows: ROWS, steps: [{ read: {}, gives: ROWS }] },
  {
    name: 'an empty filter message gives everything',
    rows: ROWS,
    steps: [{ read: { filter: {} }, gives: ROWS }],
  },
  ...filters({
    'pass all': [PASS, ROWS],
    'pass all, false': [{ passAllFilter: false }, INVALID],
    'block all': [BLOCK, []],
    'block all, false': [{ blockAllFilter: false }, INVALID],

    'row key is a literal': [key('r1'), [A2, A1, B1, G1]],
    'row key matches wholly': [key('r'), []],
    'row key by alternatives': [key('r2|r3'), [R2]],
    'row key by prefix': [key('r.*'), ROWS],
    'row key, malformed': [key('('), INVALID],
    'row key, nested repetition': [key('a**'), INVALID],
    'family by name': [family('g'), [G1]],
    'family by class': [family('[f-z]'), ROWS],
    'family, malformed': [family('['), INVALID],
    'qualifier by name': [qualifier('a'), [A2, A1, G1]],
    'qualifier by repetition': [qualifier('[a-b]+'), [A2, A1, B1, G1]],
    'qualifier, malformed': [qualifier('\\'), INVALID],
    'value by literal': [value('old'), [A1]],
    'value by regex': [value('[xyz].*'), [B1, G1, R2]],
    'value, any byte': [value('x\\C'), [B1]],
    'value, quoted metacharacters': [value('\\Qx1\\E'), [B1]],
    'value, case does not matter': [value('(?i)NEW'), [A2]],
    'value, malformed': [value('(?z)'), INVALID],
    'value, empty pattern': [value(''), []],

    'column range, both closed': [
      columnRange({ startQualifierClosed: b('a'), endQualifierClosed: b('b') }),
      [A2, A1, B1],
    ],
    'column range, both open': [columnRange({ startQualifierOpen: b('a'), endQualifierOpen: b('c') }), [B1]],
    'column range without ends': [columnRange({}), [A2, A1, B1, R2]],
    'column range from': [columnRange({ startQualifierOpen: b('b') }), [R2]],
    'column range to': [columnRange({ endQualifierOpen: b('b') }), [A2, A1]],
    'value range, both closed': [
      valueRange({ startValueClosed: b('old'), endValueClosed: b('x1') }),
      [A1, B1],
    ],
    'value range, both open': [valueRange({ startValueOpen: b('old'), endValueOpen: b('z') }), [B1, G1]],
    'value range without ends': [valueRange({}), ROWS],

    'timestamps from (included) to (not included)': [times('1000', '2000'), [A1, B1, G1, R2]],
    'timestamps without an end': [times('2000', '0'), [A2]],
    'timestamps finer than milliseconds': [times('1001', '0'), INVALID],
    'timestamps with an end finer than milliseconds': [times('0', '1001'), INVALID],

    'cells per column': [{ cellsPerColumnLimitFilter: 1 }, [A2, B1, G1, R2]],
    'cells per row': [chain(family('f'), { cellsPerRowLimitFilter: 2 }), [A2, A1, R2]],
    'cells per row, offset': [chain(family('f'), { cellsPerRowOffsetFilter: 2 }), [B1]],
    'cells per row of none': [{ cellsPerRowLimitFilter: 0 }, INVALID],
    'cells per column of none': [{ cellsPerColumnLimitFilter: 0 }, INVALID],
    'cells per row, offset behind the end': [{ cellsPerRowOffsetFilter: 9 }, []],
    'cells per row, negative': [{ cellsPerRowLimitFilter: -1 }, INVALID],
    'cells per column, negative': [{ cellsPerColumnLimitFilter: -1 }, INVALID],
    'cells per row, negative offset': [{ cellsPerRowOffsetFilter: -1 }, INVALID],

    'strip value': [chain(key('r2'), STRIP), ['r2 f:c@1000=']],
    label: [chain(key('r2'), label('seen')), [`${R2} seen`]],
    'label in capitals': [label('NO'), INVALID],
    'label too long': [label('a'.repeat(16)), INVALID],
    'label, empty': [label(''), INVALID],
    'label, then strip': [chain(key('r2'), label('seen'), STRIP), ['r2 f:c@1000= seen']],
    'two labels in a chain': [chain(label('one'), label('two')), INVALID],
    'two labels, one nested': [chain(label('one'), interleave(PASS, label('two'))), INVALID],
    'labels side by side': [
      chain(key('r2'), interleave(label('one'), label('two'))),
      [`${R2} one`, `${R2} two`],
    ],

    'row sample of nothing': [{ rowSampleFilter: 0 }, INVALID],
    'row sample of everything': [{ rowSampleFilter: 1 }, INVALID],
    'row sample below nothing': [{ rowSampleFilter: -0.5 }, INVALID],

    'chain of one': [chain(PASS), INVALID],
    'chain of none': [chain(), INVALID],
    'chain narrows': [chain(family('f'), qualifier('a'), { cellsPerRowLimitFilter: 1 }), [A2]],
    'chain, in the other order': [chain(family('f'), { cellsPerRowLimitFilter: 1 }, qualifier('b')), []],
    'chain ends at nothing': [chain(BLOCK, PASS), []],
    'chain in a chain': [chain(chain(family('f'), qualifier('a')), { cellsPerColumnLimitFilter: 1 }), [A2]],
    'chain with a malformed filter behind a block': [chain(BLOCK, key('(')), INVALID],

    'interleave of one': [interleave(PASS), INVALID],
    'interleave keeps what either gives': [interleave(qualifier('b'), qualifier('c')), [B1, R2]],
    'interleave keeps duplicates': [chain(key('r2'), interleave(PASS, PASS)), [R2, R2]],
    'interleave sorts by column and time': [
      interleave(chain(qualifier('b'), PASS), chain(qualifier('a'), family('f'))),
      [A2, A1, B1],
    ],
    'interleave of nothing': [interleave(BLOCK, BLOCK), []],
    'duplicates count for cells per row': [
      chain(key('r1'), family('f'), interleave(PASS, PASS), { cellsPerRowLimitFilter: 3 }),
      [A2, A2, A1],
    ],
    'duplicates count for cells per column': [
      chain(key('r2'), interleave(PASS, PASS), { cellsPerColumnLimitFilter: 1 }),
      [R2],
    ],

    'condition holds': [condition(qualifier('b'), qualifier('a'), PASS), [A2, A1, G1, R2]],
    'condition without the branch for true': [condition(PASS, undefined, PASS), []],
    'condition without the branch for false': [condition(value('z'), STRIP), ['r2 f:c@1000=']],
    'condition without a predicate': [condition(undefined, PASS), INVALID],
    'condition in a chain': [
      chain(condition(value('new'), family('f')), { cellsPerColumnLimitFilter: 1 }),
      [A2, B1],
    ],
    'condition with a limit that leaves nothing': [
      condition({ cellsPerRowOffsetFilter: 9 }, PASS, qualifier('c')),
      [R2],
    ],

    sink: [SINK, ROWS],
    'sink, false': [{ sink: false }, INVALID],
    'sink passes the filters that follow': [
      chain(key('r1'), interleave(chain(value('old'), SINK), PASS), qualifier('b')),
      [A1, B1],
    ],
    'sink gives nothing onward': [chain(key('r2'), SINK, PASS), [R2]],
    'sink beside everything': [chain(key('r2'), interleave(SINK, PASS)), [R2, R2]],
    'sink with a label, past a strip': [
      chain(key('r2'), interleave(chain(label('kept'), SINK), PASS), STRIP),
      ['r2 f:c@1000=', `${R2} kept`],
    ],
    'sink in the predicate of a condition': [condition(SINK, PASS), INVALID],
    'sink in a branch of a condition': [condition(PASS, chain(PASS, SINK)), INVALID],
  }),
  {
    name: 'filter: values and patterns of any bytes',
    rows: ['r f:a=\xff\xfe', 'r f:b=\n', 'r f:c=e\xe9'],
    steps: [
      reads(value('\\xff.'), ['r f:a@1000=\xff\xfe']),
      reads(value('\xff\xfe'), ['r f:a@1000=\xff\xfe']),
      reads(value('.'), []),
      reads(value('\\C'), ['r f:b@1000=\n']),
      reads(value('[\\x80-\\xff]+'), ['r f:a@1000=\xff\xfe']),
      reads(value('e\xe9'), ['r f:c@1000=e\xe9']),
    ],
  },
];
