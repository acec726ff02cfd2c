import { readFileSync } from 'node:fs';
import { request } from 'node:https';

/** What a webhook answers to the API server. */
export interface ReviewResponse {
  readonly allowed: boolean;
  readonly status?: { readonly code: number; readonly message: string };
}

export interface Server {
  readonly url: string;
  readonly caFile: string;
}

/**
 * Asks the server as an API server does when somebody applies a Deployment. Only the server's own
 * authority is trusted.
 */
export async function applyDeployment(
  server: Server,
  name: string,
  image: string,
): Promise<ReviewResponse> {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop' },
    spec: { template: { spec: { containers: [{ name, image }] } } },
  };
  const review = {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    request: {
      uid: crypto.randomUUID(),
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      operation: 'CREATE',
      namespace: 'shop',
      name,
      userInfo: { username: 'bob' },
      object,
    },
  };
  const answer = JSON.parse(
    await call(server, 'POST', '/admit?timeout=10s', JSON.stringify(review)),
  );
  const { uid, ...response } = answer.response as ReviewResponse & { readonly uid: string };
  if (uid !== review.request.uid) throw new Error('the answer belongs to another review');
  return response;
}

/** How often the server has gathered and verified the evidence of an image. */
export async function verifications(server: Server): Promise<number> {
  const metrics = await call(server, 'GET', '/metrics');
  return Number(/^waybill_image_verifications_total (\d+)$/m.exec(metrics)?.[1] ?? 0);
}

function call(
  { url, caFile }: Server,
  method: string,
  path: string,
  body?: string,
): Promise<string> {
  return new Promise((done, broken) => {
    const headers = { 'content-type': 'application/json' };
    const options = { method, ca: readFileSync(caFile), headers, timeout: 60_000 };
    const outgoing = request(`${url}${path}`, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => done(String(Buffer.concat(chunks))));
      response.on('error', broken);
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('the server does not answer')));
    outgoing.on('error', broken);
    outgoing.end(body);
  });
}

/**
 * Describes the decision: `admitted`, or `denied: RULE, RULE`. It also checks that the message
 * names these facts.
 */
export function describeDecision(
  { allowed, status }: ReviewResponse,
  ...facts: readonly string[]
): string {
  if (allowed) return 'admitted';
  const message = status?.message ?? '';
  const broken = [...message.matchAll(/^- (\S+) \[RULE_BROKEN\]/gm)].map(([, rule]) => rule ?? '');
  const unnamed = facts.filter((fact) => !message.includes(fact));
  if (status?.code !== 403 || unnamed.length > 0)
    return `not as it should be (${unnamed.join(', ')}): ${message}`;
  return `denied: ${[...new Set(broken)].sort().join(', ')}`;
}
