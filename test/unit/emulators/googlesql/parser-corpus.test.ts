import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScript } from '../../../../src/emulators/googlesql/syntax/parser.js';

const corpus = process.env['HEALTHMON_CORPUS'];

interface Case {
  id: string;
  sql: string;
  setup?: string;
}

function cases(file: string): Case[] {
  const lines = readFileSync(join(corpus!, 'conformance', file), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line) as Case);
}

/** Cases that are no GoogleSQL of BigQuery: they must be refused by the parser. */
const refused: Record<string, RegExp> = {
  'standard_functions/error_syntax_invalid_keyword':
    /^Syntax error: Unexpected identifier "SLECT" at \[1:1\]$/,
  'standard_functions/error_syntax_unterminated_string': /^Syntax error: Unclosed string literal at \[1:8\]$/,
  // The text format of protocol buffers, which BigQuery does not have.
  'googlesql-docs/conversion_functions/10': /Expected "\)" but got "\." at \[9:17\]/,
  // A stray quote, a lost final SELECT and a lost parenthesis in the documentation itself.
  'googlesql-docs/format-elements/39': /Unclosed string literal at \[1:56\]/,
  'googlesql-docs/operators/34': /Unexpected end of script at \[4:34\]/,
  'googlesql-docs/operators/6': /Expected "\)" but got keyword FROM at \[3:1\]/,
  'googlesql-docs/pipe-syntax/56': /pipe operator DESCRIBE is not supported/,
  'googlesql-docs/pipe-syntax/57': /pipe operator DESCRIBE is not supported/,
  'googlesql-docs/pipe-syntax/58': /pipe operator DESCRIBE is not supported/,
  'googlesql-docs/pipe-syntax/59': /pipe operator IF is not supported/,
  'googlesql-docs/query-syntax/93': /SELECT WITH AGGREGATION_THRESHOLD is not supported/,
};

describe.skipIf(corpus === undefined)('parsing the recorded statements', () => {
  for (const file of ['bigquery.jsonl', 'googlesql-docs.jsonl']) {
    it(`reads all of ${file}`, () => {
      const failures: string[] = [];
      for (const { id, sql, setup } of cases(file)) {
        for (const text of [sql, setup]) {
          if (text === undefined) continue;
          const source = text.replaceAll('${DATASET}', 'project-id.dataset');
          try {
            parseScript(source);
            if (text === sql && refused[id]) failures.push(`${id}: not refused`);
          } catch (error) {
            const message = (error as Error).message;
            if (!(text === sql && refused[id]?.test(message))) failures.push(`${id}: ${message}`);
          }
        }
      }
      expect(failures).toEqual([]);
    });
  }

  it('takes less than a millisecond for a statement', () => {
    const statements = cases('bigquery.jsonl')
      .map((item) => item.sql.replaceAll('${DATASET}', 'p.d'))
      .filter((_, index) => index % 3 === 0)
      .filter((sql) => !/SLECT|unterminated/.test(sql));
    const run = () => statements.forEach((sql) => void parseScript(sql));
    run();
    // Of the processor, which others may be using as well.
    const before = process.cpuUsage();
    run();
    const { user } = process.cpuUsage(before);
    expect(user / 1000 / statements.length).toBeLessThan(1);
  });
});
