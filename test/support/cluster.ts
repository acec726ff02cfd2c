import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ProcessResult, run } from '../../tools/process.ts';
import { freePort } from './guide.ts';
import { peer } from './peer.ts';

const PROGRAMS = ['etcd', 'kube-apiserver', 'kubectl'] as const;
const READY_MS_MAX = 90_000;
const TOKEN = 'admin-of-the-test-cluster';

/** The programs of a cluster without nodes; null where one is absent. */
export function clusterPrograms(): Readonly<Record<(typeof PROGRAMS)[number], string>> | null {
  const found = PROGRAMS.map((name) => [name, peer(name)] as const);
  return found.some(([, path]) => path === null) ? null : (Object.fromEntries(found) as never);
}

/**
 * A real API server with its store, on loopback. It admits and stores objects like any cluster, but
 * schedules nothing. Tests do the work of controllers in their name (`--as`).
 */
export class Cluster {
  readonly folder: string;
  /** The path of kubectl. */
  readonly program: string;
  readonly #children: ChildProcess[] = [];
  #apiServer: {
    readonly program: string;
    readonly port: number;
    readonly args: readonly string[];
  } = {
    ...{ program: '', port: 0, args: [] },
  };

  private constructor(folder: string, kubectl: string) {
    this.folder = folder;
    this.program = kubectl;
  }

  static async start(programs: NonNullable<ReturnType<typeof clusterPrograms>>): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-cluster-'));
    const cluster = new Cluster(folder, programs.kubectl);
    const [client, peers, port] = [await freePort(), await freePort(), await freePort()];
    try {
      cluster.#start(programs.etcd, etcdArguments(folder, client, peers));
      const args = apiServerArguments(folder, client, port);
      cluster.#apiServer = { program: programs['kube-apiserver'], port, args };
      cluster.#start(programs['kube-apiserver'], args);
      await cluster.#ready(port);
      return cluster;
    } catch (thrown) {
      await cluster.stop();
      throw thrown;
    }
  }

  /**
   * With this environment, plain kubectl talks to the cluster as administrator, without a proxy.
   */
  env(): NodeJS.ProcessEnv {
    const path = [dirname(this.program), process.env['PATH'] ?? ''].join(delimiter);
    return { PATH: path, HOME: this.folder, KUBECONFIG: join(this.folder, 'kubeconfig') };
  }

  kubectl(...args: readonly string[]): Promise<ProcessResult> {
    return run(this.program, args, { cwd: this.folder, env: this.env(), timeoutMs: 60_000 });
  }

  /** The output of a command that must succeed. */
  async output(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.kubectl(...args);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  }

  /** `kubectl apply -f` of these objects, or another verb. */
  apply(
    objects: object | readonly object[],
    verb = 'apply',
    ...more: readonly string[]
  ): Promise<ProcessResult> {
    const file = join(this.folder, 'objects.json');
    const items = Array.isArray(objects) ? objects : [objects];
    writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    return this.kubectl(verb, '-f', file, ...more);
  }

  /** Kills the API server, does something meanwhile, and starts it again with the same store. */
  async restartApiServer(meanwhile: () => Promise<void>): Promise<void> {
    const child = this.#children.pop();
    if (child === undefined) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
    await meanwhile();
    const { program, port, args } = this.#apiServer;
    this.#start(program, args);
    await this.#ready(port);
  }

  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  #start(program: string, args: readonly string[]): void {
    const child = spawn(program, args, {
      cwd: this.folder,
      env: this.env(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const log = createWriteStream(join(this.folder, 'cluster.log'), { flags: 'a' });
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false });
    child.on('error', () => undefined);
    this.#children.push(child);
  }

  async #ready(port: number): Promise<void> {
    const until = Date.now() + READY_MS_MAX;
    writeFileSync(join(this.folder, 'kubeconfig'), kubeconfig(this.folder, port));
    while (Date.now() < until) {
      if (existsSync(join(this.folder, 'certs/apiserver.crt'))) {
        const { code } = await this.kubectl('get', '--raw', '/readyz');
        if (code === 0 && (await this.kubectl('get', 'namespace', 'default')).code === 0) return;
      }
      await pause(200);
    }
    throw new Error(`the API server is not ready after ${READY_MS_MAX} ms`);
  }
}

function etcdArguments(folder: string, client: number, peers: number): readonly string[] {
  const url = (port: number): string => `http://127.0.0.1:${port}`;
  return [
    `--data-dir=${join(folder, 'etcd')}`,
    '--log-level=error',
    '--unsafe-no-fsync',
    `--listen-client-urls=${url(client)}`,
    `--advertise-client-urls=${url(client)}`,
    `--listen-peer-urls=${url(peers)}`,
    `--initial-advertise-peer-urls=${url(peers)}`,
    `--initial-cluster=default=${url(peers)}`,
  ];
}

function apiServerArguments(folder: string, etcd: number, port: number): readonly string[] {
  const key = join(folder, 'accounts.key');
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  writeFileSync(key, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const tokens = join(folder, 'tokens.csv');
  writeFileSync(tokens, `${TOKEN},admin,1,system:masters\n`, { mode: 0o600 });
  mkdirSync(join(folder, 'certs'));
  return [
    `--etcd-servers=http://127.0.0.1:${etcd}`,
    '--service-account-issuer=https://cluster.example.com',
    `--service-account-key-file=${key}`,
    `--service-account-signing-key-file=${key}`,
    `--token-auth-file=${tokens}`,
    '--authorization-mode=RBAC',
    // What a pod may do is judged by Pod Security, as in most clusters.
    '--allow-privileged=true',
    '--bind-address=127.0.0.1',
    `--secure-port=${port}`,
    `--cert-dir=${join(folder, 'certs')}`,
    '--service-cluster-ip-range=10.0.0.0/24',
    // No controller makes the service account that each pod would need.
    '--disable-admission-plugins=ServiceAccount',
  ];
}

function kubeconfig(folder: string, port: number): string {
  const authority = join(folder, 'certs/apiserver.crt');
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'test',
        cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority': authority },
      },
    ],
    users: [{ name: 'admin', user: { token: TOKEN } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}
