/** An expression that stands as it is, such as `google_pubsub_topic.vitals.id`. */
export class Expression {
  constructor(readonly text: string) {}
}

/** A map, which is an argument; a plain object is a nested block. */
export class HclMap {
  constructor(readonly entries: Readonly<Record<string, string>>) {}
}

export type HclValue = string | number | boolean | Expression | HclMap | readonly (string | Expression)[];

/** Arguments and nested blocks, in their order; a list of objects is a block that repeats. What is undefined is left out. */
export interface HclBody {
  readonly [name: string]: HclValue | HclBody | readonly HclBody[] | undefined;
}

/** A block of Terraform's language. https://developer.hashicorp.com/terraform/language/syntax/configuration */
export interface HclBlock {
  type: string;
  labels: readonly string[];
  body: HclBody;
}

export function hclText(blocks: readonly HclBlock[]): string {
  return blocks
    .map(({ type, labels, body }) => {
      const head = [type, ...labels.map((label) => JSON.stringify(label))].join(' ');
      return `${head} {\n${bodyText(body, '  ')}}\n`;
    })
    .join('\n');
}

function bodyText(body: HclBody, indent: string): string {
  return Object.entries(body)
    .map(([name, value]) => {
      if (value === undefined) return '';
      const blocks = blocksIn(value);
      if (blocks === undefined) return `${indent}${name} = ${valueText(value as HclValue, indent)}\n`;
      return blocks
        .map((block) => `${indent}${name} {\n${bodyText(block, `${indent}  `)}${indent}}\n`)
        .join('');
    })
    .join('');
}

function blocksIn(value: HclValue | HclBody | readonly HclBody[]): readonly HclBody[] | undefined {
  const all = Array.isArray(value) ? value : [value];
  const isBlock = (each: unknown) =>
    typeof each === 'object' && !(each instanceof Expression) && !(each instanceof HclMap);
  return all.length > 0 && all.every(isBlock) ? all : undefined;
}

function valueText(value: HclValue, indent: string): string {
  if (typeof value === 'string') return quoted(value);
  if (value instanceof Expression) return value.text;
  if (value instanceof HclMap) {
    const lines = Object.entries(value.entries).map(([key, text]) => `${indent}  ${key} = ${quoted(text)}\n`);
    return `{\n${lines.join('')}${indent}}`;
  }
  if (typeof value === 'object') return `[${value.map((each) => valueText(each, indent)).join(', ')}]`;
  return String(value);
}

/** `${` and `%{` begin templates, with their first sign doubled they are text. https://developer.hashicorp.com/terraform/language/expressions/strings */
function withoutTemplates(text: string): string {
  return text.replace(/[$%](?=\{)/g, (sign) => sign + sign);
}

function quoted(text: string): string {
  return withoutTemplates(JSON.stringify(text));
}

/** A text of several lines, as it is. */
export function heredoc(text: string): Expression {
  let end = 'EOT';
  while (text.split('\n').some((line) => line.trim() === end)) end += '_';
  return new Expression(`chomp(<<${end}\n${withoutTemplates(text)}\n${end}\n  )`);
}

/** A value as JSON text. */
export function jsonEncoded(value: unknown): Expression {
  return new Expression(
    `jsonencode(${withoutTemplates(JSON.stringify(value, undefined, 2)).replaceAll('\n', '\n  ')})`,
  );
}
