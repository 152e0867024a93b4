import { get } from 'node:http';
import { connect } from 'node:http2';

/** A busy server takes its time; one that takes longer than this is frozen. */
const ANSWER_TIMEOUT_MS = 10_000;
const TICK_MS = 100;

/**
 * Whether a server speaks at an address. A frozen process still accepts connections, as the kernel does that for it,
 * but it says nothing. Only time in which this process could listen counts as silence: after it was busy itself for
 * however long, one tick has gone by.
 * @param endpoint `host:port` of a gRPC server, `http://host:port` of a REST server.
 */
export function isAnswering(endpoint: string, timeoutMs = ANSWER_TIMEOUT_MS): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (answer: boolean) => {
      clearInterval(timer);
      connection.destroy();
      resolve(answer);
    };
    const isRest = endpoint.includes('://');
    const connection = isRest
      ? get(endpoint, { agent: false }, () => end(true))
      : connect(`http://${endpoint}`).once('remoteSettings', () => end(true));
    connection.on('error', () => end(false));
    let ticksLeft = Math.ceil(timeoutMs / TICK_MS);
    const timer = setInterval(() => {
      ticksLeft -= 1;
      if (ticksLeft <= 0) end(false);
    }, TICK_MS);
  });
}
