import type { ComponentChildren } from 'preact';

/** A drawing of the charts, which escape what they write. */
export function Drawing({
  svg,
  class: className,
  as: Element = 'div',
}: {
  svg: string;
  class?: string;
  as?: 'div' | 'td';
}) {
  return <Element class={className} dangerouslySetInnerHTML={{ __html: svg }} />;
}

/** What may be wider than the page: it scrolls by itself, by keyboard too. */
export function Scrolling({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: who has no mouse could not scroll it.
    <section class="scroll" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
