/** The elements of SVG or HTML text in their order, with their attributes. Throws where tags do not match. */
export function elementsOf(text: string): { name: string; attributes: Record<string, string> }[] {
  const elements: { name: string; attributes: Record<string, string> }[] = [];
  const open: string[] = [];
  let rest = text;
  while (rest.includes('<')) {
    const tag = /^[^<>]*<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<>]*")*)>/.exec(rest);
    if (tag === null) throw new Error(`not well-formed at ${rest.slice(0, 80)}`);
    const [whole, slash, name, attributes] = tag;
    rest = rest.slice(whole.length);
    if (slash === '') {
      open.push(name!);
      elements.push({
        name: name!,
        attributes: Object.fromEntries(
          [...attributes!.matchAll(/([\w:-]+)="([^"]*)"/g)].map(([, key, value]) => [key!, value!]),
        ),
      });
    } else if (open.pop() !== name) throw new Error(`</${name}> closes another element`);
  }
  if (open.length > 0) throw new Error(`<${open.at(-1)}> is not closed`);
  return elements;
}

/** Elements of one class. */
export function withClass(text: string, className: string) {
  return elementsOf(text).filter(({ attributes }) => attributes.class?.split(' ').includes(className));
}
