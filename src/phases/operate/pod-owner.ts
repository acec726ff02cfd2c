import { isJsonObject } from '../../core/json.ts';
import { type ClusterObject, readObject, readObjects, readText } from './cluster-list.ts';

/** What stands for a pod in questions: the object that somebody wrote, as far as the list tells. */
export interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** Finds owners among the objects of one list. */
export class Owners {
  readonly #objects: ReadonlyMap<string, ClusterObject>;
  readonly #kinds: ReadonlySet<string>;

  constructor(objects: readonly ClusterObject[], kinds: ReadonlySet<string>) {
    this.#objects = new Map(
      objects.map((one) => [formatKey(one.kind, one.namespace, one.name), one]),
    );
    this.#kinds = kinds;
  }

  /** The topmost controller; a kind that nobody knows stays as it is. */
  findOwner(pod: ClusterObject): Owner {
    let owner: ClusterObject | Owner = pod;
    const seen = new Set<string>();
    for (let above = findController(pod); above !== null; ) {
      // The pod of a node's own files names that node: it is nobody's workload but its own.
      if (above.kind === 'Node' || seen.has(`${above.kind}/${above.name}`)) break;
      seen.add(`${above.kind}/${above.name}`);
      owner = above;
      const listed = this.#objects.get(formatKey(above.kind, pod.namespace, above.name));
      above = listed === undefined ? this.#findByName(pod, above) : findController(listed);
    }
    return { kind: owner.kind, name: owner.name };
  }

  /**
   * Who is not in the list can still be told: Deployments and CronJobs name what they make after
   * themselves.
   */
  #findByName(pod: ClusterObject, { kind, name }: Owner): Owner | null {
    if (kind === 'ReplicaSet') {
      const hash = pod.labels['pod-template-hash'];
      if (hash === undefined || hash === '' || !name.endsWith(`-${hash}`)) return null;
      return this.#acceptListed(pod, { kind: 'Deployment', name: name.slice(0, -hash.length - 1) });
    }
    if (kind !== 'Job') return null;
    const [, base = '', minutes = ''] = /^(.+)-(\d{8})$/.exec(name) ?? [];
    if (base === '' || !isNear(pod, Number(minutes))) return null;
    return this.#acceptListed(pod, { kind: 'CronJob', name: base });
  }

  /** Where objects of the kind were listed, one that is not among them does not exist. */
  #acceptListed({ namespace }: ClusterObject, owner: Owner): Owner | null {
    if (owner.name === '') return null;
    const isThere = this.#objects.has(formatKey(owner.kind, namespace, owner.name));
    return isThere || !this.#kinds.has(owner.kind) ? owner : null;
  }
}

const WEEK_MINUTES = 7 * 24 * 60;

/**
 * A CronJob writes the minute for which it made a Job into its name: one near the birth of the pod
 * is no accident.
 */
function isNear(pod: ClusterObject, minutes: number): boolean {
  const born = Date.parse(readText(readObject(pod.body['metadata'])['creationTimestamp']) ?? '');
  return Math.abs(born / 60_000 - minutes) <= WEEK_MINUTES;
}

function findController({ body }: ClusterObject): Owner | null {
  const metadata = isJsonObject(body['metadata']) ? body['metadata'] : {};
  const owners = readObjects(metadata['ownerReferences']);
  const controller = owners.find((one) => one['controller'] === true);
  const [kind, name] = [readText(controller?.['kind']), readText(controller?.['name'])];
  return kind === null || name === null ? null : { kind, name };
}

function formatKey(kind: string, namespace: string, name: string): string {
  return JSON.stringify([kind, namespace, name]);
}
