import { once } from 'node:events';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { toInstant } from '../../src/core/instant.ts';
import type { ProcessResult } from '../../tools/process.ts';
import { Cluster, type clusterPrograms } from './cluster.ts';
import { CommandLine, type RunningCommand } from './command-line.ts';
import { HOUR_MS, Scene } from './scene.ts';

/**
 * The scene with a real API server. It asks a real `waybill serve` over TLS, according to its
 * webhook configuration.
 */
export class ClusterWorld {
  readonly cluster: Cluster;
  readonly scene: Scene;
  readonly waybill: CommandLine;
  readonly images: Record<'trips' | 'poi' | 'userprofile', string> = {
    trips: '',
    poi: '',
    userprofile: '',
  };
  #server: RunningCommand | null = null;
  #address = '127.0.0.1:0';

  private constructor(cluster: Cluster, scene: Scene) {
    this.cluster = cluster;
    this.scene = scene;
    this.waybill = new CommandLine(scene.folder);
  }

  static async open(programs: Parameters<typeof Cluster.start>[0]): Promise<ClusterWorld> {
    const [cluster, scene] = await Promise.all([Cluster.start(programs), Scene.open()]);
    const world = new ClusterWorld(cluster, scene);
    try {
      await world.#publish();
      await world.waybill.output('cluster', 'certificate', 'tls', '--host', '127.0.0.1');
      world.deliverCertificate();
      await world.serve();
      await world.webhook();
      await cluster.output('create', 'namespace', 'shop');
      await world.asked();
      return world;
    } catch (thrown) {
      await world.close();
      throw thrown;
    }
  }

  async #publish(): Promise<void> {
    const { scene } = this;
    const named = (name: string, digest: string): string =>
      `${scene.registry.registry}/shop/${name}@${digest}`;
    const stranger = { imageKey: scene.stranger, documentKey: scene.stranger };
    const twoDaysAgo = toInstant(Date.now() - 48 * HOUR_MS);
    const { digest: trips } = await scene.publish('trips');
    const { digest: poi } = await scene.push('poi', [
      { name: 'tzdata', version: '2024a-0+deb12u1' },
    ]);
    const { digest: userprofile } = await scene.publish('userprofile', {
      ...stranger,
      at: twoDaysAgo,
    });
    Object.assign(this.images, {
      trips: named('trips', trips),
      poi: named('poi', poi),
      userprofile: named('userprofile', userprofile),
    });
  }

  /** The address of the server, which stays the same after a restart. */
  get address(): string {
    return this.#address;
  }

  get authority(): string {
    return join(this.waybill.folder, 'tls/ca.crt');
  }

  /**
   * Where the server reads its certificate: a copy of what `waybill cluster certificate` made, like
   * a Secret.
   */
  get tls(): readonly string[] {
    const [cert, key] = ['tls.crt', 'tls.key'].map((name) =>
      join(this.waybill.folder, 'served', name),
    );
    return ['--tls-cert', cert ?? '', '--tls-key', key ?? ''];
  }

  /** Does what a node does some time after a change of the Secret. */
  deliverCertificate(): void {
    cpSync(join(this.waybill.folder, 'tls'), join(this.waybill.folder, 'served'), {
      recursive: true,
    });
  }

  async serve(tls: readonly string[] = this.tls): Promise<void> {
    this.#server = await this.waybill.start(
      'serve',
      '--listen',
      this.#address,
      '--cluster',
      'eu-1',
      ...tls,
    );
    this.#address = /https:\/\/(\S+)/.exec(this.#server.line)?.[1] ?? '';
  }

  /** The fingerprint of the certificate that the server shows now. */
  async servedBy(): Promise<string> {
    const [host = '', port = ''] = this.#address.split(':');
    const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  async stopServer(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  /** Applies what `waybill cluster webhook` prints. */
  async webhook(...options: readonly string[]): Promise<void> {
    const url = `https://${this.#address}/admit`;
    const manifest = join(this.cluster.folder, 'webhook.yaml');
    const printed = await this.waybill.output(
      'cluster',
      'webhook',
      '--ca',
      this.authority,
      '--url',
      url,
      ...options,
    );
    writeFileSync(manifest, printed);
    await this.cluster.output('apply', '-f', manifest);
  }

  /** A changed configuration takes effect when the API server has seen it. */
  async asked(namespace = 'shop'): Promise<void> {
    await this.until((ended) => ended.code !== 0, namespace);
  }

  /** Tries a pod of poi, as a dry run, until the expected answer comes. */
  async until(
    wanted: (ended: ProcessResult) => boolean,
    namespace = 'shop',
    msMax = 10_000,
  ): Promise<ProcessResult> {
    const end = Date.now() + msMax;
    for (;;) {
      const ended = await this.run('poi', { namespace, dryRun: true });
      if (wanted(ended)) return ended;
      if (Date.now() > end) throw new Error(`still ${ended.code}: ${ended.stdout}${ended.stderr}`);
      await pause(100);
    }
  }

  /** `kubectl create` of a pod that runs one image. */
  run(
    image: string,
    options: { readonly namespace?: string; readonly dryRun?: boolean; readonly as?: string } = {},
  ): Promise<ProcessResult> {
    const more = [
      ...(options.dryRun === true ? ['--dry-run=server'] : []),
      ...(options.as === undefined ? [] : [`--as=${options.as}`]),
    ];
    const reference = image in this.images ? this.images[image as keyof typeof this.images] : image;
    return this.cluster.apply(pod(reference, options.namespace), 'create', ...more);
  }

  async close(): Promise<void> {
    await this.waybill.close();
    await this.cluster.stop();
    await this.scene.close();
  }
}

export function pod(image: string, namespace = 'shop', more: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { generateName: 'pod-', namespace },
    spec: { containers: [{ name: 'app', image }], ...more },
  };
}

/** One of each kind that has a pod template. */
export function workloads(name: string, image: string, namespace = 'shop'): readonly object[] {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } };
  const once = { spec: { ...template.spec, restartPolicy: 'Never' } };
  const metadata = { name, namespace };
  const selector = { matchLabels: labels };
  const schedule = { schedule: '0 3 * * *', jobTemplate: { spec: { template: once } } };
  return [
    { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec },
    { apiVersion: 'v1', kind: 'PodTemplate', metadata, template },
    {
      apiVersion: 'v1',
      kind: 'ReplicationController',
      metadata,
      spec: { selector: labels, template },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: { selector, template } },
    { apiVersion: 'apps/v1', kind: 'ReplicaSet', metadata, spec: { selector, template } },
    { apiVersion: 'apps/v1', kind: 'DaemonSet', metadata, spec: { selector, template } },
    {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata,
      spec: { selector, serviceName: name, template },
    },
    { apiVersion: 'batch/v1', kind: 'Job', metadata, spec: { template: once } },
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec: schedule },
  ];
}

export type Programs = NonNullable<ReturnType<typeof clusterPrograms>>;
