import { request } from 'node:http';

/** A request with headers that `fetch` keeps to itself, as Host and Origin; its path goes out as it stands. */
export function plainRequest(
  url: string,
  [method, path]: readonly [method: string, path: string],
  headers: Record<string, string>,
  body = '',
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, path, headers, agent: false, timeout: 60_000 }, (response) => {
      let text = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk) => {
          text += chunk;
        })
        .once('end', () => resolve({ status: response.statusCode!, body: text }))
        .once('error', reject);
    });
    asked
      .once('timeout', () => asked.destroy(new Error('no answer')))
      .once('error', reject)
      .end(body);
  });
}
