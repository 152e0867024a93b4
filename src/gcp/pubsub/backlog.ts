/** What waits in a subscription. Cloud Monitoring counts once a minute and answers up to three minutes late. */
export interface Backlog {
  messages: number;
  oldestAgeSeconds: number;
}

export interface BacklogPort {
  /** Undefined while Cloud Monitoring has no figures, as for a new subscription. */
  read(): Promise<Backlog | undefined>;
}

const ENDPOINT = 'https://monitoring.googleapis.com/v3';
const SCOPE = 'https://www.googleapis.com/auth/monitoring.read';
const TIMEOUT_MS = 10_000;
/** Long enough to hold a point in spite of the delay. */
const WINDOW_MS = 10 * 60_000;

/** Needs the role `roles/monitoring.viewer`. Google's emulator keeps no such figures. */
export async function cloudBacklogPort(project: string, subscriptionId: string): Promise<BacklogPort> {
  const { GoogleAuth } = await import('google-auth-library');
  const auth = new GoogleAuth({ scopes: SCOPE });
  return backlogPort(project, subscriptionId, async (url) => {
    const { data } = await auth.request({ url, timeout: TIMEOUT_MS });
    return data;
  });
}

/** @param get answers a GET of a URL with the JSON of its body. */
export function backlogPort(
  project: string,
  subscriptionId: string,
  get: (url: string) => Promise<unknown>,
): BacklogPort {
  async function newest(metric: string): Promise<number | undefined> {
    const endMs = Date.now();
    const query = new URLSearchParams({
      filter:
        `metric.type="pubsub.googleapis.com/subscription/${metric}" AND ` +
        `resource.labels.subscription_id="${subscriptionId}"`,
      'interval.startTime': new Date(endMs - WINDOW_MS).toISOString(),
      'interval.endTime': new Date(endMs).toISOString(),
    });
    const answer = (await get(`${ENDPOINT}/projects/${project}/timeSeries?${query}`)) as TimeSeriesList;
    // Points come newest first; 64-bit numbers come as text.
    const value = answer.timeSeries?.[0]?.points?.[0]?.value?.int64Value;
    return value === undefined ? undefined : Number(value);
  }
  return {
    async read() {
      const [messages, oldestAgeSeconds] = await Promise.all([
        newest('num_undelivered_messages'),
        newest('oldest_unacked_message_age'),
      ]);
      return messages === undefined ? undefined : { messages, oldestAgeSeconds: oldestAgeSeconds ?? 0 };
    },
  };
}

interface TimeSeriesList {
  timeSeries?: { points?: { value?: { int64Value?: string } }[] }[];
}
