import type { TarItem } from '../../tools/image/tar.ts';
import {
  apkBase,
  debianBase,
  distrolessBase,
  nodeApplication,
  springBoot,
  ubiBase,
  ubuntuBase,
} from '../support/app-images.ts';
import { BUILD_TOOLS, writeForeign } from '../support/foreign-images.ts';
import { packGoProgram } from '../support/go-program.ts';
import { file } from '../support/images.ts';
import { writeLicence } from '../support/licence-texts.ts';
import { dotnetApplication, dotnetRuntime, ownNode, ownPython } from '../support/own-runtimes.ts';

/** An image as one build tool writes it, with what such images usually contain. */
export interface TourImage {
  readonly name: string;
  readonly items: readonly TarItem[];
  /** One of BUILD_TOOLS. */
  readonly tool: string;
  /** What the machine that builds it has of the licences of its packages. */
  readonly papers?: Readonly<Record<string, string>>;
}

const NODE = [...debianBase('nodejs'), ...nodeApplication()];
const JAVA = [...debianBase('openjdk-17-jre-headless'), ...springBoot()];

/** A static program; what it is made of is in its own data. */
const goProgram = (path: string): TarItem => ({
  path,
  content: packGoProgram({
    version: 'go1.26.8',
    modules:
      'path\texample.com/monitor\nmod\texample.com/monitor\tv1.4.0\t\n' +
      'dep\tgolang.org/x/net\tv0.45.0\th1:AAAA=\n',
  }),
  mode: 0o755,
});

/** What the machine that builds it has: the tree, and the module cache. */
const GO_PAPERS = {
  'go.mod': 'module example.com/monitor\n',
  LICENSE: writeLicence('MIT'),
  'golang.org/x/net@v0.45.0/LICENSE': writeLicence('BSD-3-Clause'),
};

const APK = [
  file('etc/os-release', 'ID=wolfi\nVERSION_ID="20230201"\nPRETTY_NAME="Wolfi"\n'),
  file('lib/apk/db/installed', 'P:tzdata\nV:2025b-r1\nA:x86_64\nL:CC-PDDC\n\n'),
];

const DOCKER = 'docker buildx --output type=oci';

/** One for each build tool, then bases and runtimes, in the order of the table. */
export const IMAGES: readonly TourImage[] = [
  { name: 'docker buildx', tool: DOCKER, items: NODE },
  { name: 'docker save', tool: 'docker save 25, read as Docker archive', items: NODE },
  { name: 'podman save', tool: 'podman save', items: NODE },
  { name: 'buildah push', tool: 'buildah push oci:', items: NODE },
  { name: 'kaniko', tool: 'kaniko --tar-path', items: NODE },
  {
    name: 'ko',
    tool: 'ko --oci-layout-path',
    items: [...distrolessBase(), goProgram('ko-app/monitor')],
    papers: GO_PAPERS,
  },
  { name: 'jib', tool: 'jib buildTar', items: JAVA },
  { name: 'apko', tool: 'apko build', items: APK },
  { name: 'Bazel (oci_image)', tool: 'oci_image of Bazel', items: NODE },
  { name: 'docker save 24', tool: 'docker save 24', items: NODE },
  { name: 'Ubuntu', tool: DOCKER, items: [...ubuntuBase(), ...nodeApplication()] },
  { name: 'Alpine', tool: DOCKER, items: [...apkBase('alpine', '3.22.1'), ...nodeApplication()] },
  { name: 'UBI 9', tool: DOCKER, items: [...ubiBase(), ...nodeApplication()] },
  {
    name: 'Wolfi',
    tool: DOCKER,
    items: [...apkBase('wolfi', '20230201'), ...nodeApplication()],
  },
  { name: 'Python with its own runtime', tool: DOCKER, items: [...debianBase(), ...ownPython()] },
  { name: 'Node.js with its own runtime', tool: DOCKER, items: [...debianBase(), ...ownNode()] },
  {
    name: 'Go, on nothing',
    tool: DOCKER,
    items: [goProgram('monitor')],
    papers: GO_PAPERS,
  },
  {
    name: '.NET with its runtime',
    tool: DOCKER,
    items: [...debianBase(), ...dotnetRuntime('10.0.0'), ...dotnetApplication('Dapper', '2.1.66')],
    papers: {
      'dapper/2.1.66/dapper.nuspec':
        '<package><metadata><id>Dapper</id><version>2.1.66</version>' +
        '<license type="expression">Apache-2.0</license></metadata></package>\n',
    },
  },
];

/** Writes the image at `place` as its tool does, and returns the target to scan and release. */
export function writeImage(place: string, { tool, items }: TourImage): string {
  const found = BUILD_TOOLS.find((one) => one.tool === tool);
  if (found === undefined) throw new Error(`no such build tool: ${tool}`);
  return writeForeign(place, found.kind, found.write(items));
}
