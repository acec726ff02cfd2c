import type { Platform } from '../../src/core/descriptor.ts';
import type { BuiltCommit } from './checkout.ts';
import { debianFiles } from './debian.ts';
import type { PackedFile } from './files.ts';
import { type LayerFile, packLayer } from './layer.ts';
import type { ImageRecipe } from './layout.ts';

const HOME = 'var/lib/waybill';
const MODULES = 'usr/lib/node_modules';
/** The unprivileged user that images without root use by convention. */
const NONROOT = 65_532;
const ARCHITECTURES: Readonly<Partial<Record<NodeJS.Architecture, string>>> = {
  x64: 'amd64',
  arm64: 'arm64',
};

/**
 * The image of Waybill (B11): Debian's C libraries, the Node.js that the lock of npm pins, and the
 * npm package. It has no shell and no package manager. It runs as nobody and needs only its home to
 * be writable. Layers contain no time, so that an unchanged layer keeps its digest in the next
 * release.
 */
export async function waybillImage(
  built: BuiltCommit,
): Promise<ImageRecipe & { readonly tag: string }> {
  const { commit, epoch, version } = built;
  const platform = platformHere();
  const labels = {
    'org.opencontainers.image.title': 'waybill',
    'org.opencontainers.image.description':
      'A signed waybill for every container release, and a gate in Kubernetes.',
    'org.opencontainers.image.version': version,
    'org.opencontainers.image.revision': commit,
    'org.opencontainers.image.licenses': 'Apache-2.0',
    'org.opencontainers.image.created': new Date(epoch * 1000).toISOString().replace('.000Z', 'Z'),
  };
  return {
    layers: [
      {
        ...packLayer(await debianFiles(['base-files', 'libc6', 'libstdc++6'])),
        createdBy: 'Debian packages of the C library',
      },
      {
        ...packLayer(nodeFiles(built.modules, platform)),
        createdBy: 'Node.js, from the npm package that the lock pins',
      },
      { ...packLayer([...systemFiles(), ...appFiles(built)]), createdBy: `waybill ${version}` },
    ],
    config: {
      User: `${NONROOT}:${NONROOT}`,
      Env: ['PATH=/usr/local/bin:/usr/bin:/bin', `HOME=/${HOME}`, `WAYBILL_HOME=/${HOME}`],
      Entrypoint: ['/usr/bin/node', `/${MODULES}/waybill/bin/waybill.js`],
      Cmd: ['--help'],
      Volumes: { [`/${HOME}`]: {} },
      WorkingDir: '/work',
      Labels: labels,
    },
    platform,
    annotations: labels,
    epoch,
    tag: version,
  };
}

function platformHere(): Platform {
  const architecture = ARCHITECTURES[process.arch];
  if (process.platform !== 'linux' || architecture === undefined)
    throw new Error(
      'the image is built on Linux (x64 or arm64), from its own libraries; this is ' +
        `${process.platform}`,
    );
  return { os: 'linux', architecture };
}

function nodeFiles(
  modules: readonly PackedFile[],
  { architecture }: Platform,
): readonly LayerFile[] {
  const name = `node-linux-${architecture === 'amd64' ? 'x64' : architecture}`;
  const wanted = ['bin/node', 'package.json', 'LICENSE'].map((path) => `${name}/${path}`);
  const found = modules.filter(({ path }) => wanted.includes(path));
  if (found.length !== wanted.length) throw new Error(`${name} was not installed`);
  const link = { path: 'usr/bin/node', link: `../lib/node_modules/${name}/bin/node` };
  return [
    ...found.map(({ path, content }) =>
      packed(`${MODULES}/${path}`, content, path.endsWith('/bin/node')),
    ),
    link,
  ];
}

function appFiles({ packaged }: BuiltCommit): readonly LayerFile[] {
  return packaged.map(({ path, content, executable }) =>
    packed(`${MODULES}/waybill/${path}`, content, executable),
  );
}

function packed(path: string, content: Uint8Array, executable: boolean): LayerFile {
  return { path, content, mode: executable ? 0o755 : 0o644 };
}

/** The user of the image, and where this user may write. */
function systemFiles(): readonly LayerFile[] {
  const owner = { uid: NONROOT, gid: NONROOT };
  return [
    {
      path: 'etc/passwd',
      content: `root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:${NONROOT}:${NONROOT}:nonroot:/${HOME}:/sbin/nologin\n`,
    },
    { path: 'etc/group', content: `root:x:0:\nnonroot:x:${NONROOT}:\n` },
    { path: 'etc/nsswitch.conf', content: 'hosts: files dns\n' },
    { path: HOME, directory: true, mode: 0o700, ...owner },
    { path: 'work', directory: true },
  ];
}
