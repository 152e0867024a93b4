/** What a job's text is made of: values of JSON. */
export type YamlValue =
  | string
  | number
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** A block of YAML 1.2. Texts of several lines stay readable, and all others are written as in JSON, which is YAML. */
export function yamlText(value: YamlValue, indent = ''): string {
  if (typeof value === 'string' && value.includes('\n')) {
    return `|\n${value.trimEnd().replace(/^(?=.)/gm, indent)}`;
  }
  if (!isBlock(value)) return JSON.stringify(value);
  const lines = Array.isArray(value)
    ? value.map((each: YamlValue) => `- ${yamlText(each, `${indent}  `).trimStart()}`)
    : Object.entries(value).map(([key, each]) => {
        const text = yamlText(each, `${indent}  `);
        return isBlock(each) ? `${key}:\n${text}` : `${key}: ${text}`;
      });
  return lines.map((line) => indent + line).join('\n');
}

/** A list or a map that has something in it. */
function isBlock(value: YamlValue): value is readonly YamlValue[] | { readonly [key: string]: YamlValue } {
  return typeof value === 'object' && Object.keys(value).length > 0;
}
