import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { run } from '../../tools/process.ts';
import type { Cluster } from './cluster.ts';
import { freePort } from './guide.ts';
import { findPeer, peersFolder } from './peer.ts';

const READY_MS_MAX = 90_000;

/**
 * A real Gatekeeper beside a real API server, which asks it about each change of a kind that runs
 * something. It forgets what providers answer, so that a test sees each decision.
 */
export class Gatekeeper {
  /** Its certificate, which it also shows to providers; it is its own authority. */
  readonly authority: string;
  readonly #child: ChildProcess;

  private constructor(authority: string, child: ChildProcess) {
    this.authority = authority;
    this.#child = child;
  }

  static async start(cluster: Cluster, program: string): Promise<Gatekeeper> {
    await cluster.output('apply', '--server-side', '-f', join(peersFolder, 'gatekeeper-kinds'));
    await cluster.output('create', 'namespace', 'gatekeeper-system');
    // It notes its state beside the pod in which it runs.
    const own = await cluster.apply(OWN_POD, 'create');
    if (own.code !== 0) throw new Error(own.stderr);
    const authority = await makeCertificate(cluster.folder);
    const [port, health] = [await freePort(), await freePort()];
    const child = spawn(
      program,
      [
        ...['--host=127.0.0.1', `--port=${port}`, `--health-addr=127.0.0.1:${health}`],
        ...[`--cert-dir=${cluster.folder}`, '--disable-cert-rotation', '--log-level=WARNING'],
        ...['--operation=webhook', '--operation=generate', '--shutdown-delay=0'],
        '--external-data-provider-response-cache-ttl=0s',
      ],
      {
        env: {
          ...cluster.env(),
          POD_NAME: 'gatekeeper',
          POD_NAMESPACE: 'gatekeeper-system',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    const log = createWriteStream(join(cluster.folder, 'gatekeeper.log'));
    for (const stream of [child.stdout, child.stderr]) stream?.pipe(log, { end: false });
    const gatekeeper = new Gatekeeper(authority, child);
    try {
      await gatekeeper.#ready(health);
      const applied = await cluster.apply(buildWebhook(port, readFileSync(authority)));
      if (applied.code !== 0) throw new Error(applied.stderr);
      return gatekeeper;
    } catch (thrown) {
      await gatekeeper.stop();
      throw thrown;
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await ended;
  }

  async #ready(health: number): Promise<void> {
    const until = Date.now() + READY_MS_MAX;
    while (Date.now() < until) {
      const answer = await fetch(`http://127.0.0.1:${health}/readyz`).catch(() => null);
      if (answer?.ok === true) return;
      if (this.#child.exitCode !== null) break;
      await pause(200);
    }
    throw new Error('Gatekeeper is not ready');
  }
}

const OWN_POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'gatekeeper', namespace: 'gatekeeper-system' },
  spec: { containers: [{ name: 'manager', image: 'registry.example.com/gatekeeper' }] },
};

/** Certificate and key under the names that Gatekeeper reads, for server and client. */
async function makeCertificate(folder: string): Promise<string> {
  const [cert, key] = [join(folder, 'tls.crt'), join(folder, 'tls.key')];
  const openssl = findPeer('openssl') ?? 'openssl';
  const { code, stderr } = await run(openssl, [
    ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', cert],
    ...['-days', '2', '-subj', '/CN=gatekeeper-webhook-service.gatekeeper-system.svc'],
    ...['-addext', 'subjectAltName=IP:127.0.0.1'],
    ...['-addext', 'extendedKeyUsage=serverAuth,clientAuth'],
  ]);
  if (code !== 0) throw new Error(stderr);
  return cert;
}

/** As its chart configures it, but that it fails closed. */
function buildWebhook(port: number, authority: Buffer): object {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'gatekeeper' },
    webhooks: [
      {
        name: 'validation.gatekeeper.sh',
        clientConfig: {
          url: `https://127.0.0.1:${port}/v1/admit`,
          caBundle: authority.toString('base64'),
        },
        rules: [
          {
            apiGroups: ['*'],
            apiVersions: ['*'],
            operations: ['CREATE', 'UPDATE'],
            resources: ['*', 'pods/ephemeralcontainers'],
            scope: 'Namespaced',
          },
        ],
        failurePolicy: 'Fail',
        matchPolicy: 'Exact',
        sideEffects: 'None',
        timeoutSeconds: 10,
        admissionReviewVersions: ['v1'],
        namespaceSelector: {
          matchExpressions: [
            {
              key: 'kubernetes.io/metadata.name',
              operator: 'NotIn',
              values: ['kube-system', 'gatekeeper-system'],
            },
          ],
        },
      },
    ],
  };
}
