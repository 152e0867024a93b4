import { translateDuckError } from '../googlesql/duck/errors.js';
import type { Script, Statement } from '../googlesql/syntax/ast.js';
import { parseScript } from '../googlesql/syntax/parser.js';
import { BigQueryError } from './errors.js';
import type { ExecuteRequest, ExecuteResult } from './statements/execution.js';
import { type JobStatement, runStatement } from './statements/run.js';
import { checkScript } from './statements/script/check-script.js';
import { Interpreter } from './statements/script/interpreter.js';
import { undo } from './statements/script/transactions.js';
import type { EngineServices } from './statements/services.js';
import { Session } from './statements/session.js';
import { TableLocks } from './statements/table-locks.js';

export type { EngineServices, JobRecord } from './statements/services.js';

interface LongSession {
  session: Session;
  /** Jobs of a session run one after the other. */
  tail: Promise<unknown>;
}

/** Runs GoogleSQL over the catalog and DuckDB: statements and scripts. Failures are `SqlError`s. */
export class Engine {
  readonly #services: EngineServices;
  readonly #locks = new TableLocks();
  readonly #sessions = new Map<string, LongSession>();

  constructor(services: EngineServices) {
    this.#services = services;
  }

  async execute(request: ExecuteRequest): Promise<ExecuteResult> {
    const script = parseScript(request.sql);
    if (request.createSession) return this.#startSession(script, request);
    if (request.sessionId !== undefined) return this.#inSession(request.sessionId, script, request);
    const session = new Session(this.#services, this.#locks, request);
    try {
      return await runScript(script, session);
    } catch (error) {
      throw translateDuckError(error);
    } finally {
      // A script that ends inside a transaction takes it back.
      await undo(session).catch(() => undefined);
      await session.close();
    }
  }

  async #startSession(script: Script, request: ExecuteRequest): Promise<ExecuteResult> {
    const { sessionId } = request;
    if (sessionId === undefined) throw new BigQueryError('invalid', 'A new session needs an id');
    const session = new Session(this.#services, this.#locks, request);
    this.#sessions.set(sessionId, { session, tail: Promise.resolve() });
    return this.#inSession(sessionId, script, request);
  }

  async #inSession(sessionId: string, script: Script, request: ExecuteRequest): Promise<ExecuteResult> {
    const found = this.#sessions.get(sessionId);
    if (!found) throw new BigQueryError('invalid', 'Invalid input session id.');
    const run = found.tail.then(async () => {
      found.session.request = request;
      try {
        return { ...(await runScript(script, found.session)), sessionId };
      } catch (error) {
        throw translateDuckError(error);
      } finally {
        await found.session.disposeExternal();
      }
    });
    found.tail = run.catch(() => undefined);
    return run;
  }
}

async function runScript(script: Script, session: Session): Promise<ExecuteResult> {
  const { statements, source } = script;
  checkScript(statements);
  const last = statements.at(-1)!;
  // Temporary functions before a single statement do not make it a script.
  const prelude = statements.slice(0, -1);
  if (prelude.every(isTemporaryFunction) && isJob(last)) {
    for (const statement of prelude) await runStatement(statement, session, source);
    const result = await runStatement(last, session, source);
    const { undeclaredParameters } = session;
    return undeclaredParameters.length > 0
      ? { ...result, undeclaredQueryParameters: undeclaredParameters }
      : result;
  }
  if (session.request.dryRun) return { statementType: 'SCRIPT', totalBytesProcessed: 0 };
  const interpreter = new Interpreter(session, source);
  await interpreter.run(statements);
  return scriptResult(interpreter);
}

function isTemporaryFunction(statement: Statement): statement is JobStatement {
  return statement.kind === 'CreateFunction' && statement.temporary;
}

const controlKinds: ReadonlySet<Statement['kind']> = new Set([
  'Declare',
  'SetVariables',
  'Block',
  'If',
  'CaseStatement',
  'Loop',
  'While',
  'Repeat',
  'ForIn',
  'Break',
  'Continue',
  'Return',
  'Raise',
  'Call',
  'ExecuteImmediate',
  'Assert',
  'BeginTransaction',
  'CommitTransaction',
  'RollbackTransaction',
]);

/** A lone statement that is a job by itself; the service counts CREATE PROCEDURE as a script. */
function isJob(statement: Statement): statement is JobStatement {
  return !controlKinds.has(statement.kind) && statement.kind !== 'CreateProcedure';
}

/** Statements around transactions have no result of their own. */
function isTransactional({ statementType }: ExecuteResult): boolean {
  return statementType.endsWith('_TRANSACTION');
}

/** A script answers as its last statement does, and with everything its statements touched. */
function scriptResult({ children }: Interpreter): ExecuteResult {
  const shown = children.findLast((child) => !isTransactional(child));
  const referenced = new Map(
    children.flatMap((child) =>
      (child.referencedTables ?? []).map((ref) => [`${ref.projectId}.${ref.datasetId}.${ref.tableId}`, ref]),
    ),
  );
  return {
    statementType: 'SCRIPT',
    totalBytesProcessed: children.reduce((total, child) => total + child.totalBytesProcessed, 0),
    schema: shown?.schema,
    resultTable: shown?.resultTable,
    totalRows: shown?.totalRows,
    referencedTables: [...referenced.values()],
    children,
  };
}
