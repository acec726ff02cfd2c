import type { TarItem } from '../../tools/image/tar.ts';
import { debianBase, nodeApplication, springBoot } from '../support/app-images.ts';
import { BUILD_TOOLS, writeForeign } from '../support/foreign-images.ts';
import { packGoProgram } from '../support/go-program.ts';
import { file } from '../support/images.ts';

/** An image as one build tool writes it, with what such images usually contain. */
export interface TourImage {
  readonly name: string;
  readonly items: readonly TarItem[];
  /** One of BUILD_TOOLS. */
  readonly tool: string;
}

const NODE = [...debianBase('nodejs'), ...nodeApplication()];
const JAVA = [...debianBase('openjdk-17-jre-headless'), ...springBoot()];

/** A static program; what it is made of is in its own data. */
const GO_PROGRAM: TarItem = {
  path: 'ko-app/monitor',
  content: packGoProgram({
    version: 'go1.26.8',
    modules:
      'path\texample.com/monitor\nmod\texample.com/monitor\tv1.4.0\t\n' +
      'dep\tgolang.org/x/net\tv0.45.0\th1:AAAA=\n',
  }),
  mode: 0o755,
};

const APK = [
  file('etc/os-release', 'ID=wolfi\nVERSION_ID="20230201"\nPRETTY_NAME="Wolfi"\n'),
  file('lib/apk/db/installed', 'P:tzdata\nV:2025b-r1\nA:x86_64\nL:CC-PDDC\n\n'),
];

/** One for each build tool, in the order of the table. */
export const IMAGES: readonly TourImage[] = [
  { name: 'docker buildx', tool: 'docker buildx --output type=oci', items: NODE },
  { name: 'docker save', tool: 'docker save 25, read as Docker archive', items: NODE },
  { name: 'podman save', tool: 'podman save', items: NODE },
  { name: 'buildah push', tool: 'buildah push oci:', items: NODE },
  { name: 'kaniko', tool: 'kaniko --tar-path', items: NODE },
  { name: 'ko', tool: 'ko --oci-layout-path', items: [...debianBase(), GO_PROGRAM] },
  { name: 'jib', tool: 'jib buildTar', items: JAVA },
  { name: 'apko', tool: 'apko build', items: APK },
  { name: 'Bazel (oci_image)', tool: 'oci_image of Bazel', items: NODE },
  { name: 'docker save 24', tool: 'docker save 24', items: NODE },
];

/** Writes the image at `place` as its tool does, and returns the target to scan and release. */
export function writeImage(place: string, { tool, items }: TourImage): string {
  const found = BUILD_TOOLS.find((one) => one.tool === tool);
  if (found === undefined) throw new Error(`no such build tool: ${tool}`);
  return writeForeign(place, found.kind, found.write(items));
}
