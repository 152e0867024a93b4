import type { OptionSpec } from '../../src/cli/command.js';

export const NAME_OPTION = {
  flags: '--name <name>',
  type: 'string',
  description: 'model whose versions are meant (default: bigquery.model)',
} as const satisfies OptionSpec;

export const REASON_OPTION = {
  flags: '--reason <text>',
  type: 'string',
  description: 'why, for the history',
} as const satisfies OptionSpec;

export const VERTEX_ID_OPTION = {
  flags: '--vertex-id <id>',
  type: 'string',
  description: 'id of the model in Vertex AI, whose newest version it becomes (default: bigquery.model)',
} as const satisfies OptionSpec;

/** `--name` stands for the setting. */
export function nameOverride({ name }: { name: string | undefined }): Record<string, string> {
  return name === undefined ? {} : { 'bigquery.model': name };
}

export const DRY_RUN_OPTION = {
  flags: '--dry-run',
  type: 'boolean',
  description: 'say what would happen and change nothing',
} as const satisfies OptionSpec;
