/** What a job asks of Waybill: the gate before a build, a release, or a look at what is there. */
export const STEPS = ['build', 'release', 'verify', 'admission', 'policy-test'] as const;
export type Step = (typeof STEPS)[number];

/** What the author of the job wrote, by the name of the input; an empty text is none. */
export type ReadInput = (name: string) => string;

/** The inputs that every runner has, with their meanings: metadata and tests are held to them. */
export const INPUTS = {
  step: `what to ask: ${STEPS.join(', ')}`,
  target: 'a folder for build, an image for release, verify and admission, a file for policy-test',
  policy: 'policy document; without it, that of waybill.yaml',
  trust: 'trust document; without it, that of waybill.yaml',
  config: 'configuration file (waybill.yaml)',
  home: 'folder of keys, trust, advisories and the graph',
  'allowed-signers': 'build: who may sign commits, as ssh-keygen and git read it',
  image: 'release: the image to publish, oci:DIR or an archive; without it, it is in the registry',
  name: 'release: name of the release',
  version: 'release: version of the release',
  owner: 'release: who owns it',
  key: 'release: key of the key store, or of a key service',
  'job-keys': 'release: pinned keys of the platform; the token of the job then proves the build',
  insecure: 'hosts of registries that are asked over plain HTTP, divided by spaces',
  record: 'build: whether commit and decision are appended to the evidence log (true or false)',
} as const;
export type InputName = keyof typeof INPUTS;

/** Why inputs cannot be understood. */
export class InputFlaw extends Error {}

export function readStep(read: ReadInput): Step {
  const text = read('step');
  const step = STEPS.find((one) => one === text);
  if (step === undefined)
    throw new InputFlaw(`step: ${JSON.stringify(text)} is not one of ${STEPS.join(', ')}`);
  return step;
}

/**
 * The words of the command. A value is joined to its option and the target stands behind `--`, so
 * that no input of a job becomes an option of Waybill.
 */
export function buildCommand(
  step: Step,
  read: ReadInput,
  jobToken: 'github' | 'azure' | null,
): readonly string[] {
  const option = (name: InputName, flag: string = name): readonly string[] => {
    const value = read(name);
    return value === '' ? [] : [`--${flag}=${value}`];
  };
  const common = [
    ...option('config'),
    ...option('home'),
    ...(step === 'policy-test' ? [] : read('insecure').split(/\s+/))
      .filter((host) => host !== '')
      .map((host) => `--insecure=${host}`),
    '--format=json',
  ];
  const judged = [...option('policy'), ...option('trust')];
  const target = ['--', requireInput(read, 'target', step === 'build' ? '.' : null)];
  switch (step) {
    case 'build':
      return [
        ...['gate', 'build', ...common, ...option('policy'), ...option('allowed-signers')],
        ...(readFlag(read, 'record') ? ['--record'] : []),
        ...target,
      ];
    case 'release':
      return [
        ...['release', ...common, ...judged],
        ...[`--name=${requireInput(read, 'name')}`, `--version=${requireInput(read, 'version')}`],
        ...option('image'),
        ...option('owner'),
        ...option('key'),
        ...proveJob(read, jobToken),
        ...target,
      ];
    case 'verify':
      return ['verify', ...common, ...option('trust'), ...target];
    case 'admission':
      return ['gate', 'admission', ...common, ...judged, ...target];
    case 'policy-test':
      return ['policy', 'test', ...common, ...option('policy'), ...target];
  }
}

function proveJob(read: ReadInput, jobToken: 'github' | 'azure' | null): readonly string[] {
  const keys = read('job-keys');
  if (keys === '') return [];
  if (jobToken === null) throw new InputFlaw('job-keys: this runner has no token of the job');
  return [`--job-token=${jobToken}`, `--job-keys=${keys}`];
}

function requireInput(read: ReadInput, name: InputName, fallback: string | null = null): string {
  const value = read(name) || fallback;
  if (value === null) throw new InputFlaw(`${name}: it is needed here`);
  return value;
}

export function readFlag(read: ReadInput, name: InputName): boolean {
  const text = read(name);
  if (text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw new InputFlaw(`${name}: write true or false`);
}
