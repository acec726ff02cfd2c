import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { type Digest, sha256 } from '../../core/digest.ts';
import { Failure, toFailure } from '../../core/failure.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { orThrow } from '../../core/result.ts';
import { decodeUtf8 } from '../../formats/json/parse.ts';
import { parseYaml } from '../../formats/yaml/parse.ts';
import { readFileBounded } from '../../system/files/read-file.ts';

const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
const document = z.strictObject({
  apiVersion: z.literal('waybill.dev/v1'),
  kind: z.literal('Clusters'),
  clusters: z
    .array(
      z.strictObject({
        name: z.string().min(1).max(253),
        /** Of the watcher, as NAMESPACE/NAME. */
        serviceAccount: z.string().max(510),
        /** What its token is made for. */
        audience: z.string().min(1).max(253).optional(),
        /** How that cluster is asked; absent: as the pod that this server runs in. */
        kubeconfig: z.string().min(1).max(1_024).optional(),
      }),
    )
    .max(1_000),
});

/** Whose watcher a token is of, as the API server of that cluster says. */
export interface ClusterTokens {
  /**
   * Resolves if the token is one of the watcher of this cluster. Throws UNAUTHORISED if it is not,
   * and CLUSTER_UNREACHABLE if the cluster cannot say so.
   */
  readonly prove: (cluster: string, token: string) => Promise<void>;
}

type ClusterEntry = z.infer<typeof document>['clusters'][number];

/** Reads which clusters may say what they run, and who of each. Throws CONFIG_INVALID. */
export async function openClusterTokens(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  nowMs: () => number = () => performance.now(),
): Promise<ClusterTokens> {
  const entries = await readEntries(file);
  const known = new Map<Digest, number>();
  let asking = 0;
  return {
    prove: async (cluster, token) => {
      const entry = entries.get(cluster);
      if (entry === undefined) throw refuseToken(`no cluster is called ${shorten(cluster)}`);
      const key = sha256(JSON.stringify([cluster, token]));
      // mutant cluster-token-known-for-ever by cluster-tokens: condition -> known.has(key)
      if ((known.get(key) ?? 0) > nowMs()) return;
      // mutant token-reviews-without-end by cluster-tokens: condition -> false
      if (asking >= ASKING_MAX)
        throw new Failure('RATE_EXCEEDED', 'too many unknown tokens', AGAIN);
      asking += 1;
      await askCluster(file, entry, token, env).finally(() => {
        asking -= 1;
      });
      known.set(key, nowMs() + KNOWN_MS);
      while (known.size > KNOWN_MAX) known.delete(known.keys().next().value ?? key);
    },
  };
}

/** A token that was taken away is refused after so long. */
const KNOWN_MS = 60_000;
const KNOWN_MAX = 2_000;
/** Who has no token can make the server ask, and not without end. */
const ASKING_MAX = 8;
const AGAIN = 'Try again later.';
const ASK_MS = 10_000;
const REVIEWS = '/apis/authentication.k8s.io/v1/tokenreviews';

/** TokenReview: the cluster that made the token says whose it is, and for whom it was made. */
async function askCluster(
  file: string,
  { name, serviceAccount, audience = 'waybill', kubeconfig }: ClusterEntry,
  token: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  const { openKubeClient, readClusterAccess } = await import('../../adapters/kube-api/index.ts');
  const path = kubeconfig === undefined ? null : resolve(dirname(file), kubeconfig);
  const access = await readClusterAccess({ kubeconfig: path, context: null, env });
  const client = openKubeClient(access, env);
  try {
    const review = {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    };
    const signal = AbortSignal.timeout(ASK_MS);
    const { status, body } = await client.send({ method: 'POST', path: REVIEWS }, review, signal);
    if (status !== 201 && status !== 200)
      throw new Failure(
        'CLUSTER_UNREACHABLE',
        `cluster ${name} does not review tokens: status ${status}`,
        'Let the user of its kubeconfig create tokenreviews (`waybill cluster watcher`).',
      );
    const said = readObject(body['status']);
    const user = readObject(said['user'])['username'];
    const audiences = said['audiences'];
    // mutant token-of-somebody-else by cluster-tokens: remove operand 2
    const isTheirs =
      said['authenticated'] === true &&
      user === `system:serviceaccount:${serviceAccount.replace('/', ':')}` &&
      Array.isArray(audiences) &&
      (audiences as readonly JsonValue[]).includes(audience);
    if (!isTheirs) throw refuseToken(`the token is not of ${serviceAccount} of cluster ${name}`);
  } catch (thrown) {
    throw toFailure(thrown);
  } finally {
    client.close();
  }
}

async function readEntries(file: string): Promise<ReadonlyMap<string, ClusterEntry>> {
  const text = orThrow(decodeUtf8(await readFileBounded(file, LIMITS.configBytesMax)));
  const yaml = orThrow(parseYaml(text, { bytesMax: LIMITS.configBytesMax }));
  const parsed = document.safeParse(yaml);
  if (!parsed.success) {
    const flaw = parsed.error.issues[0];
    throw refuseFile(file, `${flaw?.path.join('.') ?? ''}: ${flaw?.message ?? 'malformed'}`);
  }
  const entries = new Map<string, ClusterEntry>();
  for (const entry of parsed.data.clusters) {
    const account = entry.serviceAccount.split('/');
    if (account.length !== 2 || !account.every((part) => NAME.test(part)))
      throw refuseFile(file, `not a service account: ${shorten(entry.serviceAccount)}`);
    if (entries.has(entry.name)) throw refuseFile(file, `${entry.name} is there twice`);
    entries.set(entry.name, entry);
  }
  return entries;
}

function readObject(value: JsonValue | undefined): JsonObject {
  return value !== undefined && isJsonObject(value) ? value : {};
}

function shorten(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}

function refuseToken(why: string): Failure {
  return new Failure(
    'UNAUTHORISED',
    why,
    'Name the cluster in the file of --clusters, and send the projected token of its watcher.',
  );
}

function refuseFile(file: string, why: string): Failure {
  return new Failure('CONFIG_INVALID', `${file}: ${why}`, 'See docs/guides/watch-clusters.md.');
}
