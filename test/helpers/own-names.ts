/** Settings that give a test resources of its own on the shared stack, all named after `id`. */
export function ownNames(id: string) {
  return {
    'storage.bucket': id,
    'spanner.instance': id,
    'spanner.database': id,
    'pubsub.topic': id,
    'pubsub.subscription': `${id}-worker`,
    'pubsub.deadLetterTopic': `${id}-dead`,
    'pubsub.deadLetterSubscription': `${id}-dead-inspect`,
    'pubsub.alertTopic': `${id}-alerts`,
    'pubsub.alertSubscription': `${id}-alerts-inspect`,
    'bigtable.instance': id,
    'bigtable.table': id,
    'bigtable.nowTable': `${id}-now`,
    'bigquery.dataset': id.replaceAll('-', '_'),
  };
}

/** The names as `--set name=value` options of a command line. */
export function asFlags(names: ReturnType<typeof ownNames>): string[] {
  return Object.entries(names).flatMap(([name, value]) => ['--set', `${name}=${value}`]);
}
