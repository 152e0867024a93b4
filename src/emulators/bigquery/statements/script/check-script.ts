import type { Position, Statement } from '../../../googlesql/syntax/ast.js';
import { syntaxError } from '../../../googlesql/syntax/syntax-error.js';

/** Refuses what the grammar lets through: late and repeated declarations, jumps without a loop. */
export function checkScript(statements: Statement[]): void {
  checkList(statements, { variables: new Set(), labels: [], inLoop: false });
}

interface Surroundings {
  variables: Set<string>;
  labels: string[];
  inLoop: boolean;
}

function checkList(statements: Statement[], around: Surroundings): void {
  const variables = new Set(around.variables);
  let declaring = true;
  for (const statement of statements) {
    if (statement.kind !== 'Declare') {
      declaring = false;
      checkStatement(statement, { ...around, variables });
      continue;
    }
    if (!declaring) {
      throw syntaxError(
        'Variable declarations are allowed only at the start of a block or script',
        statement.pos,
      );
    }
    for (const name of statement.names) {
      const key = name.name.toLowerCase();
      if (variables.has(key))
        throw syntaxError(`Variable '${name.name}' redeclaration is not allowed`, name.pos);
      variables.add(key);
    }
  }
}

function checkStatement(statement: Statement, around: Surroundings): void {
  switch (statement.kind) {
    case 'Block': {
      const inside = labelled(around, statement.label?.name);
      checkList(statement.statements, inside);
      if (statement.handler) checkList(statement.handler, inside);
      return;
    }
    case 'If':
      for (const branch of statement.branches) checkNested(branch.statements, around);
      if (statement.otherwise) checkNested(statement.otherwise, around);
      return;
    case 'CaseStatement':
      for (const branch of statement.branches) checkNested(branch.statements, around);
      if (statement.otherwise) checkNested(statement.otherwise, around);
      return;
    case 'Loop':
    case 'While':
    case 'Repeat':
    case 'ForIn':
      checkNested(statement.statements, { ...labelled(around, statement.label?.name), inLoop: true });
      return;
    case 'Break':
    case 'Continue':
      checkJump(statement.kind.toUpperCase(), statement.label?.name, statement.pos, around);
      return;
    default:
      return;
  }
}

/** Bodies of IF and of loops are no blocks: they declare nothing. */
function checkNested(statements: Statement[], around: Surroundings): void {
  const declaration = statements.find((statement) => statement.kind === 'Declare');
  if (declaration) {
    throw syntaxError(
      'Variable declarations are allowed only at the start of a block or script',
      declaration.pos,
    );
  }
  checkList(statements, around);
}

function labelled(around: Surroundings, label: string | undefined): Surroundings {
  return label === undefined ? around : { ...around, labels: [...around.labels, label.toLowerCase()] };
}

function checkJump(verb: string, label: string | undefined, pos: Position, around: Surroundings): void {
  if (label !== undefined && !around.labels.includes(label.toLowerCase())) {
    throw syntaxError(`Label name ${label} is undefined`, pos);
  }
  if (label === undefined && !around.inLoop) {
    throw syntaxError(`${verb} is only allowed inside of a loop body`, pos);
  }
}
