/** A `google.protobuf.Duration` or `Timestamp` as the descriptors decode it. */
export interface SecondsAndNanos {
  seconds?: string | number;
  nanos?: number;
}

/** @returns milliseconds; undefined when the field is absent */
export function milliseconds(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const { seconds = 0, nanos = 0 } = value as SecondsAndNanos;
  return Number(seconds) * 1000 + nanos / 1e6;
}

export function secondsAndNanos(ms: number): SecondsAndNanos {
  const seconds = Math.floor(ms / 1000);
  return { seconds: String(seconds), nanos: Math.round((ms - seconds * 1000) * 1e6) };
}
