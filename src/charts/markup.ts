/** Text that is SVG or HTML already. Everything else that becomes part of one is escaped. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Child = Markup | string | number | null | undefined | false | readonly Child[];
export type Attributes = Readonly<Record<string, string | number | true | undefined>>;

/** Elements of HTML without content, which have no end tag. */
const VOID = new Set(['br', 'hr', 'input', 'link', 'meta']);
const NAME = /^[a-z][A-Za-z0-9:-]*$/;

/**
 * An element with its attributes and content, each escaped. Attributes that are undefined are left out. Throws for
 * what a strict Content-Security-Policy would stop (`style`, event handlers), and for numbers that are none.
 */
export function element(name: string, attributes: Attributes = {}, ...children: Child[]): Markup {
  if (!NAME.test(name)) throw new Error(`"${name}" is no element`);
  const pairs = Object.entries(attributes).map(([key, value]) => {
    if (value === undefined) return '';
    if (!NAME.test(key) || key === 'style' || key.startsWith('on'))
      throw new Error(`${key} is no attribute here`);
    return value === true ? ` ${key}=""` : ` ${key}="${escaped(plain(value))}"`;
  });
  const head = `<${name}${pairs.join('')}>`;
  return new Markup(VOID.has(name) ? head : `${head}${join(children)}</${name}>`);
}

/** Pieces one after the other. */
export function join(children: Child): string {
  if (children === null || children === undefined || children === false) return '';
  if (children instanceof Markup) return children.text;
  if (typeof children === 'object') return children.map(join).join('');
  return escaped(plain(children));
}

/** Coordinates need no more than hundredths. */
function plain(value: string | number): string {
  if (typeof value === 'string') return value;
  if (!Number.isFinite(value)) throw new Error('a picture cannot hold a number that is not finite');
  return String(Math.round(value * 100) / 100);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Also without what XML cannot hold in any form: most control characters, and halves of pairs. */
export function escaped(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken out.
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Cs}]/gu, '\ufffd')
      .replaceAll(/[&<>"']/g, (sign) => ENTITIES[sign]!)
  );
}
