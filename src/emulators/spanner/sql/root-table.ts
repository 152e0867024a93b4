import { functionsOfSpanner } from '../../googlesql/functions/index.js';
import type { Expression, Query } from '../../googlesql/syntax/ast.js';
import { findTable, type Schema, type Table } from '../schema/model.js';
import { invalidArgument } from './errors.js';

/**
 * The table that parts of a query can be told by: each gives the rows for some of its keys, and all together give
 * those of the query. Undefined where the query is one part.
 * @throws ServiceError INVALID_ARGUMENT for what no parts of rows can tell: order, limits and aggregates
 */
export function rootTable(
  { body, orderBy, limit, offset, with: named, pipes }: Query,
  schema: Schema,
): Table | undefined {
  if (orderBy.length > 0 || limit || offset) throw notPartitionable();
  if (body.kind !== 'Select') return undefined;
  if (body.distinct || body.groupBy || body.having) throw notPartitionable();
  if (
    body.items.some((item) => item.kind === 'SelectExpression' && looksInto(item.expression) === 'aggregate')
  ) {
    throw notPartitionable();
  }
  const { from } = body;
  if (named !== undefined || pipes.length > 0 || from?.kind !== 'TableReference') return undefined;
  const conditions = body.where === undefined ? [] : [body.where];
  const items = body.items.flatMap((item) => (item.kind === 'SelectExpression' ? [item.expression] : []));
  // A query within would see no more than the part.
  if ([...items, ...conditions].some((node) => looksInto(node) === 'query')) return undefined;
  return findTable(schema, from.path.identifiers.map(({ name }) => name).join('.'));
}

/** What is in an expression besides values of one row: a query, or else an aggregate. */
function looksInto(node: Expression): 'query' | 'aggregate' | undefined {
  let found: 'query' | 'aggregate' | undefined;
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== 'object' || found === 'query') return;
    const { kind, name } = value as { kind?: string; name?: readonly { name: string }[] };
    if (kind === 'Select' || kind === 'SetOperation') found = 'query';
    else if (kind === 'FunctionCall' && isAggregate(name!.map((part) => part.name).join('.')))
      found = 'aggregate';
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(node);
  return found;
}

function isAggregate(name: string): boolean {
  return functionsOfSpanner.find(name)?.kind === 'aggregate';
}

function notPartitionable() {
  return invalidArgument(
    'Query is not root partitionable since it does not have a DistributedUnion at the root. Please check the conditions for a query to be root-partitionable.',
  );
}
