import { formatCount } from '../../../core/count.ts';
import { Failure } from '../../../core/failure.ts';
import { mapInParallel } from '../../../core/map-in-parallel.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import type { ImageVerdict, WorkloadRequest } from '../../../gates/desk/index.ts';
import { type ManifestObject, readManifests } from '../../../phases/deploy/index.ts';
import { type GateDesk, openGateDesk, requireImage } from '../gate-desk.ts';
import { loadManifestFiles } from '../manifest-files.ts';
import type { GateAdmissionCall } from '../options/gates.ts';
import { type Block, paint, showLine, showNote, showProse } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { showVerdict, toVerdictExitCode, toVerdictJson } from '../verdict-output.ts';

/**
 * Asks the admission gate about images, and about each image of each object in manifests. The
 * verdict is the one that the server would give.
 */
export async function run(call: GateAdmissionCall): Promise<Report> {
  for (const text of call.args) requireImage(text, call.io.cwd);
  const { objects, links } = await readObjects(call);
  const gate = await openGateDesk(call, {
    ...{ from: call.options.from, bundles: call.options.expectBundle },
  });
  try {
    const asked = await askAll(gate, call, objects);
    const { verdicts } = asked;
    const refuses = gate.inForce.policy.modes.admission === 'enforce';
    const open = objects.some(({ images }) => !images.ok) || links.length > 0;
    const code = toVerdictExitCode(verdicts);
    return {
      kind: 'result',
      // mutant manifest-that-is-not-read by gate-manifests: condition -> false
      exitCode: code === 0 && open && refuses ? 3 : code,
      value: toValue('gate-admission', () => ({
        gate: 'admission' as const,
        verdicts: verdicts.map(toVerdictJson),
        objects: asked.objects.map(toObjectJson),
        links,
      })),
      blocks: () => showAll(call, verdicts, asked.objects, links),
    };
  } finally {
    await gate.close();
  }
}

async function readObjects({ args, options, io }: GateAdmissionCall): Promise<{
  readonly objects: readonly ManifestObject[];
  readonly links: readonly string[];
}> {
  if (options.filename.length === 0) {
    if (args.length > 0) return { objects: [], links: [] };
    throw new Failure('USAGE', 'no image was named', 'Name images, or manifests with -f.');
  }
  const { files, links } = await loadManifestFiles(options.filename, io);
  const objects = files.flatMap(({ name, bytes }) => {
    const text = decodeUtf8(bytes);
    const read = text.ok ? readManifests(name, text.value) : text;
    if (read.ok) return read.value;
    const images = read;
    return [{ file: name, line: 1, kind: '', namespace: null, name: '', images }];
  });
  // mutant no-manifest-is-clean by gate-manifests: condition -> false
  if (objects.length + links.length === 0)
    throw new Failure(
      'NOT_FOUND',
      `no object of Kubernetes in ${options.filename.join(', ')}`,
      'Check what makes the manifests: nothing was judged.',
    );
  return { objects, links };
}

interface JudgedObject {
  readonly object: ManifestObject;
  readonly namespace: string;
  /** The images of the object, each with its place among the verdicts. */
  readonly images: readonly {
    readonly at: string;
    readonly image: string;
    readonly verdict: number;
  }[];
}

interface GateAnswers {
  /** Each once, whatever number of objects it is about. */
  readonly verdicts: readonly ImageVerdict[];
  readonly objects: readonly JudgedObject[];
}

/** Questions at the same time: more only wait for the registry. */
const WIDTH = 8;

async function askAll(
  { desk, config }: GateDesk,
  { args, options, signal }: GateAdmissionCall,
  objects: readonly ManifestObject[],
): Promise<GateAnswers> {
  const ask = (image: string, named: Pick<WorkloadRequest, 'namespace' | 'kind' | 'name'>) =>
    desk.decide(
      image,
      'admission',
      { cluster: config.cluster, ...named, operation: 'CREATE', user: '' },
      signal,
    );
  const verdicts = new VerdictList();
  const alone = { namespace: options.namespace, kind: 'Pod', name: 'waybill-gate' };
  for (const one of await mapInParallel(args, WIDTH, (image) => ask(image, alone)))
    verdicts.add(one);
  const asked = await mapInParallel(objects, WIDTH, async (object) => {
    const { kind, name } = object;
    // mutant manifest-of-another-namespace by gate-manifests: value -> options.namespace
    const namespace = object.namespace ?? options.namespace;
    const uses = object.images.ok ? object.images.value : [];
    const answers = await mapInParallel(uses, WIDTH, ({ image }) =>
      ask(image, { namespace, kind, name }),
    );
    return { object, namespace, answers: uses.map((use, at) => ({ use, answer: answers[at] })) };
  });
  return {
    objects: asked.map(({ object, namespace, answers }) => ({
      ...{ object, namespace },
      images: answers.flatMap(({ use: { at, image }, answer }) =>
        answer === undefined ? [] : [{ at, image, verdict: verdicts.add(answer) }],
      ),
    })),
    verdicts: verdicts.all,
  };
}

/** Verdicts that say the same are one. */
class VerdictList {
  readonly all: ImageVerdict[] = [];
  readonly #places = new Map<string, number>();

  /** Its place among all. */
  add(verdict: ImageVerdict): number {
    const { decision, results } = verdict.verdict;
    const { image, resolved, cause } = verdict;
    const key = JSON.stringify([image, resolved, decision, results, cause?.message ?? null]);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    this.#places.set(key, this.all.length);
    return this.all.push(verdict) - 1;
  }
}

function toObjectJson(asked: JudgedObject): SchemaValue<'gate-admission'>['objects'][number] {
  const { object, namespace, images } = asked;
  const cause = object.images.ok ? null : object.images.failure;
  return {
    ...{ file: object.file, line: object.line, kind: object.kind, namespace, name: object.name },
    images: images.map((one) => ({ ...one })),
    cause:
      cause === null ? null : { code: cause.code, message: cause.message, remedy: cause.remedy },
  };
}

function showAll(
  { options }: GateAdmissionCall,
  verdicts: readonly ImageVerdict[],
  objects: readonly JudgedObject[],
  links: readonly string[],
): readonly Block[] {
  const users = verdicts.map((_, index) =>
    objects.flatMap((asked) =>
      asked.images
        .filter((one) => one.verdict === index)
        .map(({ at }) => showLine(`  in ${describeObject(asked)}: ${at}`)),
    ),
  );
  const silent = objects.filter(
    ({ object }) => object.images.ok && object.images.value.length === 0,
  );
  return [
    ...verdicts.flatMap((verdict, index) => {
      const [head, ...rest] = showVerdict(verdict, options.explain);
      return [...(head === undefined ? [] : [head]), ...(users[index] ?? []), ...rest];
    }),
    ...objects.flatMap(showUnknown),
    ...links.map((link) =>
      showLine(
        paint('yellow', 'undetermined'),
        `  ${link}: it is a link or no plain file, and was not read`,
      ),
    ),
    ...(objects.length === 0
      ? []
      : [
          showNote(
            `${formatCount(objects.length, 'object')}, of which ${silent.length} run nothing`,
          ),
        ]),
  ];
}

function showUnknown(asked: JudgedObject): readonly Block[] {
  const { images } = asked.object;
  if (images.ok) return [];
  const { message, code, remedy } = images.failure;
  return [
    showLine(paint('yellow', 'undetermined'), `  ${describeObject(asked)}`),
    showProse(['  '], `${message} [${code}]`),
    showProse(['    fix: '], remedy),
  ];
}

function describeObject({ object, namespace }: JudgedObject): string {
  const { file, line, kind, name } = object;
  return `${file}:${line}${kind === '' ? '' : ` ${kind} ${namespace}/${name}`}`;
}
