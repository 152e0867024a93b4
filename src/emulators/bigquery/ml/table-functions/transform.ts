import { invalidQuery } from '../../../googlesql/errors.js';
import type { Field } from '../../../googlesql/syntax/types.js';
import type { Relation } from '../inputs.js';
import { allColumnsSql } from '../score-sql.js';
import { numbered } from '../sql-text.js';
import { type MlCall, requireInput } from './arguments.js';
import { modelInput } from './model-input.js';

/** ML.TRANSFORM: the outputs of a model's TRANSFORM, then the input columns whose names it does not use. */
export async function transform(call: MlCall): Promise<Relation> {
  if (call.definition.transform === undefined) {
    throw invalidQuery('ML.TRANSFORM needs a model that was created with TRANSFORM', call.pos);
  }
  const { model, shown } = await modelInput(call, requireInput(call));
  const own = model.columns.length - shown.columns.length;
  const columns: Field[] = model.columns.slice(0, own);
  const select = allColumnsSql(model, 't').slice(0, own);
  const names = new Set(columns.map((column) => column.name.toLowerCase()));
  for (const [index, sql] of allColumnsSql(shown, 't').entries()) {
    const column = shown.columns[index]!;
    if (names.has(column.name.toLowerCase())) continue;
    columns.push(column);
    select.push(sql);
  }
  return numbered(select, columns, `(${model.sql}) AS t`);
}
