export const DEFAULT_STACK = 'default';

/** What a command line about this stack needs besides. */
export function nameFlag(stack: string): string {
  return stack === DEFAULT_STACK ? '' : ` --name ${stack}`;
}
