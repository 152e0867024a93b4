import { stringify } from 'yaml';

/** A document of YAML whose long texts stay on one line, as they are searched for. */
export function yamlText(value: object): string {
  return stringify(value, { lineWidth: 0 });
}
