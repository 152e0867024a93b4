import type { TreeModel, TreeNode } from '../definition.js';
import { codeSql, type FittedInput } from '../fitted-inputs.js';
import { inputSql, type Relation } from '../inputs.js';
import { doubleSql } from '../sql-text.js';

/** Scores of a tree model as SQL: each tree is a nest of CASEs over columns `ml_x0`, `ml_x1`… with the inputs. */
export function treeScoresSql(
  model: TreeModel,
  relation: Relation,
  missing: (column: string) => Error,
): { from: string; logits: string[] } {
  const columns = model.inputs.map((input, index) => {
    const sql = inputSql(input, relation, 'r', () => missing(input.column));
    return `${treeValueSql(input, sql)} AS ml_x${index}`;
  });
  const logits = model.trees.map(
    (trees) => `${doubleSql(model.base)} + coalesce(list_sum([${trees.map(nodeSql).join(', ')}]), 0e0)`,
  );
  return { from: `(SELECT ${['r.*', ...columns].join(', ')} FROM (${relation.sql}) AS r) AS i`, logits };
}

/** A number as it is, a category as its place in the sorted list from 1; missing and unseen ones are 0. */
function treeValueSql(input: FittedInput, sql: string): string {
  if (input.kind !== 'category') return sql;
  const categories = input.categories.filter((category) => category !== null);
  return `CAST((${codeSql(sql, categories)} + 1) % ${categories.length + 1} AS DOUBLE)`;
}

function nodeSql(node: TreeNode): string {
  if ('leaf' in node) return doubleSql(node.leaf);
  const test = `ml_x${node.input} < ${doubleSql(node.threshold)}`;
  const condition = node.missingLeft ? `coalesce(${test}, true)` : test;
  return `CASE WHEN ${condition} THEN ${nodeSql(node.left)} ELSE ${nodeSql(node.right)} END`;
}
