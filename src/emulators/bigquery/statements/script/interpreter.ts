import { quoteIdentifier } from '../../../googlesql/duck/quote.js';
import { rowRange } from '../../../googlesql/duck/row-range.js';
import { invalidQuery, SqlError } from '../../../googlesql/errors.js';
import type {
  Block,
  CaseStatement,
  Expression,
  ForIn,
  If,
  Loop,
  Position,
  Raise,
  Repeat,
  Statement,
  While,
} from '../../../googlesql/syntax/ast.js';
import { duckFieldName, structOf } from '../../../googlesql/syntax/types.js';
import type { ExecuteResult, ScriptChild } from '../execution.js';
import { runStatement } from '../run.js';
import type { Session } from '../session.js';
import { assignInto, prepareImmediate } from './execute-immediate.js';
import { afterBody, type Jump, jump } from './flow.js';
import { callProcedure } from './procedures.js';
import { beginTransaction, commitTransaction, rollbackTransaction } from './transactions.js';
import { declare, setVariables } from './variables.js';

/** Runs the statements of a script one by one. Each that is a job of its own is added to `children`. */
export class Interpreter {
  readonly children: ScriptChild[] = [];
  readonly #session: Session;
  /** The innermost statement that each error came from. */
  readonly #failures = new WeakMap<SqlError, { text: string; pos: Position }>();
  /** Text that positions point into; procedures and dynamic statements have texts of their own. */
  #source: string;

  constructor(session: Session, source: string) {
    this.#session = session;
    this.#source = source;
  }

  async run(statements: Statement[]): Promise<Jump | undefined> {
    for (const statement of statements) {
      const ended = await this.#runOne(statement);
      if (ended) return ended;
    }
    return undefined;
  }

  async #runOne(statement: Statement): Promise<Jump | undefined> {
    try {
      return await this.#dispatch(statement);
    } catch (error) {
      const located = this.#located(error, statement.pos);
      if (located instanceof SqlError && !this.#failures.has(located)) {
        const text = this.#source.slice(statement.pos.offset, statement.end);
        this.#failures.set(located, { text, pos: statement.pos });
      }
      throw located;
    }
  }

  /** BigQuery tells where in the script a statement failed, unless its error says so already. */
  #located(error: unknown, pos: Position): unknown {
    if (!(error instanceof SqlError) || error.reason !== 'invalidQuery') return error;
    if (error.message.startsWith('Query error: ') || error instanceof RaisedError) return error;
    const at = / at \[\d+:\d+\]$/.test(error.message) ? '' : ` at [${pos.line}:${pos.column}]`;
    const message = `Query error: ${error.message}${at}`;
    return new SqlError('invalidQuery', message, { location: error.location, cause: error });
  }

  async #dispatch(statement: Statement): Promise<Jump | undefined> {
    switch (statement.kind) {
      case 'Declare':
        await declare(statement, this.#session);
        return undefined;
      case 'SetVariables':
        await setVariables(statement, this.#session);
        return undefined;
      case 'Block':
        return this.#block(statement);
      case 'If':
        return this.#if(statement);
      case 'CaseStatement':
        return this.#case(statement);
      case 'Loop':
      case 'While':
      case 'Repeat':
        return this.#loop(statement);
      case 'ForIn':
        return this.#for(statement);
      case 'Break':
        return jump('break', statement.label);
      case 'Continue':
        return jump('continue', statement.label);
      case 'Return':
        return jump('return');
      case 'Raise':
        return this.#raise(statement);
      default:
        await this.#simple(statement);
        return undefined;
    }
  }

  async #simple(
    statement: Exclude<
      Statement,
      {
        kind:
          | 'Declare'
          | 'SetVariables'
          | 'Block'
          | 'If'
          | 'CaseStatement'
          | 'Loop'
          | 'While'
          | 'Repeat'
          | 'ForIn'
          | 'Break'
          | 'Continue'
          | 'Return'
          | 'Raise';
      }
    >,
  ): Promise<void> {
    const session = this.#session;
    const { pos } = statement;
    switch (statement.kind) {
      case 'Call':
        return callProcedure(statement, session, (block, source) => this.#body(block, source));
      case 'ExecuteImmediate': {
        session.pushScope();
        try {
          const dynamic = await prepareImmediate(statement, session);
          const result = await this.#dynamic(dynamic.statement, dynamic.source);
          if (result) await assignInto(statement, result, session);
        } finally {
          session.popScope();
        }
        return;
      }
      case 'Assert':
        return this.#assert(statement.condition, statement.description);
      case 'BeginTransaction':
        return this.#job(statement, () => beginTransaction(session, pos));
      case 'CommitTransaction':
        return this.#job(statement, () => commitTransaction(session, pos));
      case 'RollbackTransaction':
        return this.#job(statement, () => rollbackTransaction(session, pos));
      default:
        return this.#job(statement, () => runStatement(statement, session, this.#source));
    }
  }

  /** Runs a statement that counts as a job and remembers what it gave. */
  async #job(statement: Statement, work: () => Promise<ExecuteResult>): Promise<void> {
    const session = this.#session;
    const startTime = Date.now();
    const result = await work();
    if (result.numDmlAffectedRows !== undefined) session.rowCount = BigInt(result.numDmlAffectedRows);
    else if (result.statementType === 'SELECT') session.rowCount = BigInt(result.totalRows ?? 0);
    const sql = this.#source.slice(statement.pos.offset, statement.end);
    this.children.push({ ...result, sql, startTime, endTime: Date.now() });
  }

  async #dynamic(statement: Statement, source: string): Promise<ExecuteResult | undefined> {
    const before = this.children.length;
    const outer = this.#source;
    this.#source = source;
    try {
      await this.#dispatch(statement);
    } finally {
      this.#source = outer;
    }
    return this.children.length > before ? this.children.at(-1) : undefined;
  }

  async #body(block: Block, source: string): Promise<void> {
    const outer = this.#source;
    this.#source = source;
    try {
      await this.#block(block);
    } finally {
      this.#source = outer;
    }
  }

  async #block(block: Block): Promise<Jump | undefined> {
    const ended = await this.#scoped(() => this.#guardedBlock(block));
    // LEAVE of a block's own label ends the block.
    const mine = ended?.kind === 'break' && ended.label !== undefined;
    return mine && ended.label === block.label?.name.toLowerCase() ? undefined : ended;
  }

  async #guardedBlock(block: Block): Promise<Jump | undefined> {
    const { handler } = block;
    if (!handler) return this.run(block.statements);
    try {
      return await this.run(block.statements);
    } catch (error) {
      // A cancelled script ends, whatever its handlers say.
      if (!(error instanceof SqlError) || error.reason === 'stopped') throw error;
      return this.#handle(error, handler);
    }
  }

  async #handle(error: SqlError, handler: Statement[]): Promise<Jump | undefined> {
    const session = this.#session;
    const failure = this.#failures.get(error);
    const formattedStackTrace = failure ? `At [${failure.pos.line}:${failure.pos.column}]\n` : '';
    const statementText = failure?.text ?? '';
    session.errors.push({
      message: error.message,
      statementText,
      formattedStackTrace,
      error,
      pos: failure?.pos,
    });
    try {
      return await this.#scoped(() => this.run(handler));
    } finally {
      session.errors.pop();
    }
  }

  async #scoped<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#session.pushScope();
    try {
      return await work();
    } finally {
      this.#session.popScope();
    }
  }

  async #if(statement: If): Promise<Jump | undefined> {
    for (const branch of statement.branches) {
      if (await this.#isTrue(branch.condition)) return this.run(branch.statements);
    }
    return this.run(statement.otherwise ?? []);
  }

  async #case(statement: CaseStatement): Promise<Jump | undefined> {
    for (const { when, statements } of statement.branches) {
      const condition: Expression = statement.operand
        ? {
            kind: 'Comparison',
            operator: '=',
            left: statement.operand,
            right: when,
            pos: when.pos,
          }
        : when;
      if (await this.#isTrue(condition)) return this.run(statements);
    }
    return this.run(statement.otherwise ?? []);
  }

  async #loop(loop: Loop | While | Repeat): Promise<Jump | undefined> {
    for (;;) {
      await this.#session.breathe();
      if (loop.kind === 'While' && !(await this.#isTrue(loop.condition))) return undefined;
      const { next, outer } = afterBody(await this.run(loop.statements), loop.label);
      if (next === 'stop') return outer;
      if (loop.kind === 'Repeat' && (await this.#isTrue(loop.until))) return undefined;
    }
  }

  async #for(loop: ForIn): Promise<Jump | undefined> {
    const session = this.#session;
    const compiled = await session.compileQuery(loop.query);
    const name = `~for${session.nextNumber()}`;
    const table = `temp.main.${quoteIdentifier(name)}`;
    await session.runLocal(`CREATE TEMP TABLE ${quoteIdentifier(name)} AS ${compiled.sql}`);
    const type = structOf(compiled.columns);
    const fields = compiled.physicalNames.map(
      (column, index) => `${duckFieldName(index)} := ${quoteIdentifier(column)}`,
    );
    try {
      const counted = await session.read(`SELECT count(*) FROM ${table}`);
      const rows = Number(counted.getRows()[0]![0]);
      const names = compiled.physicalNames.map((column) => ({ name: column }));
      for (let row = 0; row < rows; row++) {
        const value = `SELECT struct_pack(${fields.join(', ')}) FROM ${table}${rowRange(names, row, row + 1)}`;
        const ended = await this.#scoped(async () => {
          await session.declareVariable(loop.variable.name, type, value);
          return this.run(loop.statements);
        });
        const { next, outer } = afterBody(ended, loop.label);
        if (next === 'stop') return outer;
      }
      return undefined;
    } finally {
      await session.run(`DROP TABLE IF EXISTS ${table}`).catch(() => undefined);
    }
  }

  async #raise(statement: Raise): Promise<never> {
    const session = this.#session;
    if (!statement.message) {
      const current = session.errors.at(-1);
      if (current) throw current.error;
      throw invalidQuery(
        'Cannot re-raise an existing exception outside of an exception handler',
        statement.pos,
      );
    }
    const compiled = await session.compileExpression(statement.message);
    const reader = await session.read(`SELECT ${compiled.sql}`);
    throw new RaisedError(String(reader.getRows()[0]![0] ?? ''));
  }

  async #assert(condition: Expression, description: Expression | undefined): Promise<void> {
    if (await this.#isTrue(condition)) return;
    const text = description?.kind === 'StringLiteral' ? `: ${description.value}` : '';
    throw invalidQuery(`Assertion failed${text}`, condition.pos);
  }

  async #isTrue(condition: Expression): Promise<boolean> {
    if (condition.kind === 'NullLiteral') return false;
    const compiled = await this.#session.compileExpression(condition);
    if (compiled.type.kind !== 'BOOL') {
      throw invalidQuery(`Expected a BOOL condition, but got ${compiled.type.kind}`, condition.pos);
    }
    const reader = await this.#session.read(`SELECT ${compiled.sql}`);
    return reader.getRows()[0]![0] === true;
  }
}

/** What RAISE USING MESSAGE throws; handlers see the message as it was given. */
class RaisedError extends SqlError {
  constructor(message: string) {
    super('invalidQuery', message, { location: 'query' });
  }
}
