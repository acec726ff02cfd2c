import {
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import { formatPurl, type Purl } from '../../core/purl.ts';
import { cutBefore } from '../../formats/text/cut.ts';
import type { DeclaredDependency, Place } from './dependency.ts';

/** A name of an image, where a file writes it. */
export interface WrittenImage {
  /** With every variable replaced by its value. */
  readonly text: string;
  /** As the file writes it; the same by default. */
  readonly written?: string;
  readonly place: Place;
  /** `base-image`: a build goes on from it. `image`: it is run as it is. */
  readonly kind: 'base-image' | 'image';
  /** What decides the name besides the file; null where the name is certain. */
  readonly open?: string | null;
  /** How the name came about, or what the image is for. */
  readonly notes?: readonly string[];
  readonly development?: boolean;
}

/** A declared dependency with the digest of an image as its only pin (D12, D20). */
export function declareImage(image: WrittenImage): DeclaredDependency {
  const { text, written = text, place, kind, open = null, notes = [], development = false } = image;
  const base = { ecosystem: 'oci', requested: written, place, kind, development };
  const explain = (why: string): string => [why, ...notes].join('; ');
  const reference = open === null ? parseImageReference(text) : null;
  if (reference?.ok === true)
    return { ...base, ...buildImageFields(reference.value, text, explain) };
  return {
    ...base,
    name: text,
    version: null,
    purl: null,
    pinned: 'unknown',
    why: explain(open ?? 'it is not an image reference'),
    registry: null,
    registryFrom: 'default',
    recorded: false,
  };
}

function buildImageFields(
  image: ImageReference,
  written: string,
  explain: (why: string) => string,
) {
  const repository = formatRepository(image);
  const named =
    written.toLowerCase().startsWith(image.registry) ||
    /^(?:index|registry-1)\.docker\.io\//i.test(written);
  // mutant base-image-pinned-by-tag by dockerfile: value -> true
  const fixed = image.digest !== null;
  const address = cutBefore(written, '@');
  const loose =
    image.tag === null || address.lastIndexOf(':') <= address.lastIndexOf('/')
      ? 'it names neither tag nor digest'
      : `the tag ${image.tag} may move`;
  return {
    name: repository,
    version: image.digest ?? image.tag,
    purl: buildImagePurl(image),
    pinned: fixed ? ('yes' as const) : ('no' as const),
    why: explain(fixed ? 'named by its digest' : loose),
    registry: repository.slice(0, repository.lastIndexOf('/')),
    registryFrom: named ? ('written' as const) : ('default' as const),
    recorded: fixed,
  };
}

/** purl-spec, oci: the digest is the version, the repository a qualifier. */
function buildImagePurl(image: ImageReference): Purl {
  const name = image.repository.slice(image.repository.lastIndexOf('/') + 1);
  const tag = image.tag === null ? {} : { tag: image.tag };
  return formatPurl({
    type: 'oci',
    namespace: null,
    name,
    version: image.digest,
    qualifiers: { repository_url: formatRepository(image), ...tag },
    subpath: null,
  });
}
