// npm run pack:release [-- --output FOLDER] [--commit REVISION] [--home FOLDER --key NAME --policy
// FILE] [--windows-node FILE]: makes everything that is published for one commit: the npm tarball,
// the executable, the Debian package and the container image, each with SBOM, provenance and
// signatures, and the Homebrew formula. The Waybill that was just built makes all of them. With the
// node.exe of the same Node.js it makes the executable for Windows and its winget manifest too.
// Without --home it makes a trial key and deletes it afterwards: such signatures show
// how it works, not who made the release.
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type Executable, waybillExecutable } from './executable/executable.ts';
import { type BuiltCommit, buildCommit } from './image/checkout.ts';
import { writeLayout } from './image/layout.ts';
import { npmTarball } from './image/npm-tarball.ts';
import { waybillImage } from './image/waybill-image.ts';
import { packDebian, toDebianVersion } from './release/debian-package.ts';
import { formatFormula } from './release/homebrew-formula.ts';
import { writeProvenance } from './release/provenance.ts';
import { Self } from './release/self.ts';
import { formatWinget } from './release/winget-manifest.ts';

const IDENTITY = 'CN=waybill release,O=trial,ST=WA,C=US';

const { values: options } = parseArgs({
  options: {
    output: { type: 'string', default: '.cache/release' },
    commit: { type: 'string', default: 'HEAD' },
    home: { type: 'string' },
    key: { type: 'string', default: 'default' },
    policy: { type: 'string' },
    repository: { type: 'string', default: 'https://git.example.com/waybill' },
    builder: { type: 'string', default: 'https://waybill.dev/builders/local' },
    downloads: { type: 'string', default: 'https://downloads.example.com/waybill' },
    'windows-node': { type: 'string' },
  },
});

async function packRelease(output: string, scratch: string): Promise<void> {
  rmSync(output, { recursive: true, force: true });
  mkdirSync(output, { recursive: true });
  const built = await buildCommit(options.commit);
  const self = new Self(
    built,
    scratch,
    options.home === undefined ? join(scratch, 'home') : resolve(options.home),
  );
  try {
    if (options.home === undefined) await self.output('key', 'generate', '--subject', IDENTITY);
    await publishTarball(built, self, output);
    const executable = await waybillExecutable(built);
    const name = `waybill-${built.version}-linux-x64`;
    await publishExecutable(built, self, { output, scratch, name, executable });
    await publishDebian(built, self, output, executable);
    await publishForWindows(built, self, output, scratch);
    await publishImage(built, self, output, scratch);
    if (options.home === undefined)
      cpSync(join(scratch, 'home/keys/default.root.crt'), join(output, 'signer.root.crt'));
  } finally {
    self.close();
  }
}

/** The npm package with its SBOM and provenance, and the signature of each (B4, B5, B18). */
async function publishTarball(built: BuiltCommit, self: Self, output: string): Promise<void> {
  const subject = { name: `waybill-${built.version}.tgz`, bytes: npmTarball(built) };
  writeFileSync(join(output, subject.name), subject.bytes);
  const papers = join(output, `waybill-${built.version}`);
  writeFileSync(
    `${papers}.provenance.json`,
    writeProvenance(built, 'npm-tarball', subject, options),
  );
  await self.writeSbom(self.folder, `${papers}.spdx.json`);
  const { downloads, repository: homepage } = options;
  const facts = { version: built.version, tarball: subject.bytes, downloads, homepage };
  const formula = join(output, 'waybill.rb');
  writeFileSync(formula, formatFormula(facts));
  const files = { [join(output, subject.name)]: 'application/gzip', [formula]: 'text/x-ruby' };
  await signAll(self, files, papers);
}

interface PublishedProgram {
  readonly output: string;
  readonly scratch: string;
  readonly name: string;
  readonly executable: Executable;
}

/**
 * The same for the executable, with the licences of its parts. Its inventory names what was
 * bundled, and Node.js.
 */
async function publishExecutable(
  built: BuiltCommit,
  self: Self,
  { output, scratch, name, executable: { bytes, contents, licences } }: PublishedProgram,
): Promise<void> {
  const subject = { name, bytes };
  const path = join(output, subject.name);
  writeFileSync(path, bytes);
  chmodSync(path, 0o755);
  writeFileSync(`${path}.licences.txt`, licences);
  writeFileSync(`${path}.provenance.json`, writeProvenance(built, 'executable', subject, options));
  const unpacked = join(scratch, subject.name);
  for (const file of contents) {
    mkdirSync(dirname(join(unpacked, file.path)), { recursive: true });
    writeFileSync(join(unpacked, file.path), file.content);
  }
  await self.writeSbom(unpacked, `${path}.spdx.json`);
  await signAll(
    self,
    { [path]: 'application/x-executable', [`${path}.licences.txt`]: 'text/plain' },
    path,
  );
}

/** The executable as a package of dpkg, with the inventory and licences of the executable. */
async function publishDebian(
  built: BuiltCommit,
  self: Self,
  output: string,
  { bytes: executable, licences }: Executable,
): Promise<void> {
  const completion = await self.output('completion', 'bash');
  const content = { executable, licences, completion, homepage: options.repository };
  const name = `waybill_${toDebianVersion(built.version)}_amd64.deb`;
  const subject = { name, bytes: packDebian(built, content) };
  const path = join(output, name);
  writeFileSync(path, subject.bytes);
  cpSync(join(output, `waybill-${built.version}-linux-x64.spdx.json`), `${path}.spdx.json`);
  const provenance = writeProvenance(built, 'debian-package', subject, options);
  writeFileSync(`${path}.provenance.json`, provenance);
  await signAll(self, { [path]: 'application/vnd.debian.binary-package' }, path);
}

/** Only where the node.exe of the same version was given: it says what is left out otherwise. */
async function publishForWindows(
  built: BuiltCommit,
  self: Self,
  output: string,
  scratch: string,
): Promise<void> {
  const node = options['windows-node'];
  if (node === undefined) {
    console.log('not made: the executable for Windows and its winget manifest (--windows-node)');
    return;
  }
  const executable = await waybillExecutable(built, readFileSync(node));
  const name = `waybill-${built.version}-windows-x64.exe`;
  await publishExecutable(built, self, { output, scratch, name, executable });
  const { downloads, repository: homepage } = options;
  const facts = { version: built.version, executable: executable.bytes, downloads, homepage };
  for (const [file, text] of formatWinget(facts)) {
    writeFileSync(join(output, file), text);
    await self.output(
      'sign',
      join(output, file),
      '--key',
      options.key,
      '--media-type',
      'text/yaml',
    );
  }
}

/** Signs files of these types, and the inventory and provenance whose names begin with `papers`. */
async function signAll(
  self: Self,
  files: Readonly<Record<string, string>>,
  papers: string,
): Promise<void> {
  const types = {
    ...files,
    [`${papers}.spdx.json`]: 'application/spdx+json',
    [`${papers}.provenance.json`]: 'application/vnd.in-toto+json',
  };
  for (const [path, type] of Object.entries(types))
    console.log(
      (await self.output('sign', path, '--key', options.key, '--media-type', type)).trim(),
    );
}

/**
 * The image as a layout, and the folder of a registry that has it with everything attached to it
 * (B20, B25).
 */
async function publishImage(
  built: BuiltCommit,
  self: Self,
  output: string,
  scratch: string,
): Promise<void> {
  const { reference } = await writeLayout(join(output, 'image'), await waybillImage(built));
  const repository = `${await self.serveRegistry(join(output, 'registry'))}/waybill/waybill`;
  if (options.home === undefined) {
    const certificate = join(scratch, 'home/keys/default.root.crt');
    const who = ['--certificate', certificate, '--store', 'waybill', '--identity', IDENTITY];
    await self.output('trust', 'add', ...who, '--repository', repository);
  }
  const policy =
    options.policy === undefined
      ? await trialPolicy(self, repository, scratch)
      : resolve(options.policy);
  const facts = [
    '--name',
    'waybill',
    '--version',
    built.version,
    '--repo',
    options.repository,
    '--commit',
    built.commit,
  ];
  const maker = ['--builder', options.builder, '--key', options.key, '--policy', policy];
  console.log(
    (
      await self.output(
        'release',
        `${repository}:${built.version}`,
        '--image',
        reference,
        ...facts,
        ...maker,
      )
    ).trim(),
  );
}

/**
 * The default policy in observe mode. A trial has no current advisories, so it reports faults
 * instead of refusing.
 */
async function trialPolicy(self: Self, repository: string, scratch: string): Promise<string> {
  const text = await self.output('policy', 'show', '--default');
  const path = join(scratch, 'policy.yaml');
  const observing = text.replace(/^mode: .*$/m, 'mode: observe');
  writeFileSync(
    path,
    observing.replace(
      /allowedRegistries: .*/,
      `allowedRegistries: [${JSON.stringify(repository)}]`,
    ),
  );
  return path;
}

const scratch = mkdtempSync(join(tmpdir(), 'waybill-release-'));
try {
  await packRelease(resolve(options.output), scratch);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
