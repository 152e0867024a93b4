import { stringify } from 'yaml';

/** A document that readers of YAML 1.1 take as it is meant, too. Long lines stay whole, as they are searched for. */
export function yamlText(value: object): string {
  return stringify(value, { version: '1.1', lineWidth: 0 });
}
