import { trimEndOf } from '../../../../core/trim.js';
import { quoteString } from '../../duck/quote.js';
import { duck, type Sql } from '../../duck/sql.js';
import { sharing } from '../../functions/share.js';
import { own } from '../../functions/udf.js';
import { likePattern } from '../../values/like-pattern.js';

/** Comparisons of characters that DuckDB's LIKE may make for one value. */
const MAX_COMPARISONS = 1_000_000;

/**
 * `text LIKE pattern` as DuckDB text; `literal` is the pattern where it is known.
 *
 * DuckDB's LIKE starts over at every place for each `%` before the last, but for constants of texts and `%` alone,
 * which it takes apart. For a text and a pattern where that is too much, RE2 does it in linear time.
 */
export function likeSql(text: Sql, pattern: Sql, literal: string | undefined): Sql {
  if (literal === undefined) {
    return sharing([text, pattern], ([value, like]) => {
      const inner = `rtrim(${like}, '%')`;
      return bounded(value!, like!, {
        starts: `(strlen(${inner}) - strlen(replace(${inner}, '%', '')))`,
        length: `strlen(${like})`,
        expression: `${own.like_pattern}(${like})`,
      });
    });
  }
  if (!/[_\\]/.test(literal)) return duck`${text} LIKE ${pattern}`;
  const starts = trimEndOf(literal, '%').split('%').length - 1;
  if (starts === 0) return duck`${text} LIKE ${pattern} ESCAPE '\\'`;
  const expression = quoteString(likePattern(literal));
  const like = quoteString(literal);
  return sharing([text], ([value]) =>
    bounded(value!, like, { starts: String(starts), length: String(literal.length), expression }),
  );
}

interface PatternSql {
  /** How many `%` a search starts at. */
  starts: string;
  length: string;
  /** The pattern for RE2. */
  expression: string;
}

function bounded(text: string, like: string, { starts, length, expression }: PatternSql): string {
  const comparisons = `pow(strlen(${text}), ${starts}) * ${length}`;
  return `CASE WHEN ${starts} = 0 OR ${comparisons} < ${MAX_COMPARISONS} THEN ${text} LIKE ${like} ESCAPE '\\' ELSE regexp_full_match(${text}, ${expression}, 's') END`;
}
