import { integer, list, text, udf } from '../duck/scalar-function.js';
import { argumentTooLong, MAX_GROUPED_BYTES } from '../duck/value-limit.js';
import { likePattern } from '../values/like-pattern.js';
import { groupCount, regexpExtractAll, regexpGroups, regexpInstr } from '../values/regexp.js';

export const regexpUdfs = {
  group_count: udf([text], integer, (pattern) => BigInt(groupCount(pattern))),
  like_pattern: udf([text], text, likePattern),
  regexp_instr: udf([text, text, integer, integer, integer], integer, regexpInstr),
  regexp_extract_all: udf([text, text], list(text), regexpExtractAll),
  regexp_groups: udf([text, text], list(text), (value, pattern) => {
    if (value.length > MAX_GROUPED_BYTES) throw new Error(argumentTooLong(MAX_GROUPED_BYTES));
    return regexpGroups(value, pattern);
  }),
};
