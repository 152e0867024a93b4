import { HealthmonError } from '../errors/healthmon-error.js';
import type { Style } from './output.js';

/** The one document that `--json` prints. */
export function successDocument(command: string, result: unknown): string {
  return `${JSON.stringify({ ok: true, command, result: result ?? {} }, wireValue)}\n`;
}

/** What turns commands that a text names into what one types to run them. */
export type Naming = (text: string) => string;

export function failureDocument(command: string, error: unknown, named: Naming): string {
  return `${JSON.stringify({ ok: false, command, error: errorFields(error, named) }, wireValue)}\n`;
}

/** The four fields of an error, for people on stderr. */
export function errorText(error: unknown, style: Style, verbose: boolean, named: Naming): string {
  const { code, message, detail, suggestion } = errorFields(error, named);
  const lines = [`${style.red('error')} ${message} ${style.dim(`(${code})`)}`];
  if (detail) lines.push(...detail.split('\n').map((line) => `  ${line}`));
  if (suggestion) lines.push(`  ${style.cyan('→')} ${suggestion}`);
  if (verbose && error instanceof Error) lines.push(style.dim(String(error.stack)), ...causes(error));
  return `${lines.join('\n')}\n`;
}

function causes(error: Error): string[] {
  const found: string[] = [];
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    found.push(`cause: ${cause.stack}`);
  return found;
}

export function errorFields(
  error: unknown,
  named: Naming,
): Record<'code' | 'message' | 'detail' | 'suggestion', string> {
  if (error instanceof HealthmonError) {
    return {
      code: error.code,
      message: named(error.message),
      detail: named(error.detail ?? ''),
      suggestion: named(error.suggestion ?? ''),
    };
  }
  return {
    code: 'internal',
    message: error instanceof Error ? `Unexpected ${error.name}: ${error.message}` : 'Unexpected failure.',
    detail: 'This is a defect in healthmon, not something you did.',
    suggestion: 'Run the command again with --verbose to see where it happened.',
  };
}

/** INT64 and NUMERIC values beyond what JSON numbers hold are printed as strings; non-finite numbers too. */
function wireValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') {
    return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
      ? Number(value)
      : value.toString();
  }
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
  return value;
}
