import { isJsonObject } from '../../core/json.ts';
import { type ClusterObject, readObject, readObjects, readText } from './cluster-list.ts';

/** What represents a pod in questions: the object that a person wrote, as far as the list shows. */
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

  /** The topmost controller; a controller of an unknown kind is the owner itself. */
  findOwner(pod: ClusterObject): Owner {
    let owner: ClusterObject | Owner = pod;
    const seen = new Set<string>();
    for (let above = findController(pod); above !== null; ) {
      // A static pod of a node names that node as its controller: it is its own workload.
      if (above.kind === 'Node' || seen.has(`${above.kind}/${above.name}`)) break;
      seen.add(`${above.kind}/${above.name}`);
      owner = above;
      const listed = this.#objects.get(formatKey(above.kind, pod.namespace, above.name));
      above = listed === undefined ? this.#findByName(pod, above) : findController(listed);
    }
    return { kind: owner.kind, name: owner.name };
  }

  /**
   * An owner that is not in the list can still be found: Deployments and CronJobs put their own
   * name into the names of what they create.
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

  /** If objects of the kind were listed, an object that is not among them does not exist. */
  #acceptListed({ namespace }: ClusterObject, owner: Owner): Owner | null {
    if (owner.name === '') return null;
    const isThere = this.#objects.has(formatKey(owner.kind, namespace, owner.name));
    return isThere || !this.#kinds.has(owner.kind) ? owner : null;
  }
}

const WEEK_MINUTES = 7 * 24 * 60;

/**
 * A CronJob writes the minute for which it created a Job into the name of the Job. A minute close
 * to the start of the pod is no accident.
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
