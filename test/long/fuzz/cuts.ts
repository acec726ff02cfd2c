import type { Extractor } from '../../../src/capabilities/ecosystems/index.ts';
import { Failure } from '../../../src/core/failure.ts';
import { listExtractorSamples } from './extractors.ts';

interface Answer {
  readonly found: number;
  readonly isWhole: boolean;
}

/** Throws what is no Failure. */
function readAlone({ extract }: Extractor, path: string, bytes: Uint8Array): Answer {
  try {
    const first = extract({ path, bytes });
    const extraction = first.complete?.(() => null) ?? first;
    const { drafts, skips, declares, lacksManifest } = extraction;
    return {
      found: drafts.length + (declares?.requests.length ?? 0),
      isWhole: skips.length === 0 && lacksManifest === undefined,
    };
  } catch (thrown) {
    if (thrown instanceof Failure) return { found: 0, isWhole: false };
    throw thrown;
  }
}

/**
 * The extractors that say less of a cut file without a word, at `cutsMax` places of each sample. An
 * empty file is a database without packages.
 */
export function findSilentCuts(cutsMax: number): readonly string[] {
  const silent = new Set<string>();
  for (const { extractor, path, samples } of listExtractorSamples())
    for (const sample of samples) {
      const whole = readAlone(extractor, path, sample);
      const step = Math.max(Math.floor(sample.length / cutsMax), 1);
      for (let end = 1; end < sample.length; end += step) {
        const { found, isWhole } = readAlone(extractor, path, sample.subarray(0, end));
        if (found < whole.found && isWhole) silent.add(extractor.name);
      }
    }
  return [...silent].sort();
}

/** A program that was cut is one that nothing explains, which an inventory names. */
const PROGRAMS = [
  ...['dotnet-program', 'go-program', 'java-machine', 'known-program', 'native-image'],
  ...['redis-program', 'rust-program'],
];
/**
 * Nothing in these formats says where they end: lines, blocks of YAML and tables of TOML. A cut
 * between two of them is a valid file.
 */
const WITHOUT_END = [
  ...['cargo-lock', 'cargo-manifest', 'conan-manifest', 'conda-environment', 'conda-lock'],
  ...['dart-lock', 'dart-manifest', 'elixir-manifest', 'github-actions', 'go-mod', 'go-vendor'],
  'homebrew-manifest',
  ...['paket-lock', 'paket-manifest', 'python-lock', 'python-manifest', 'python-requirements'],
  'python-script',
  ...['r-manifest', 'ruby-manifest', 'swift-manifest', 'terraform-lock'],
  ...['winget-configuration', 'winget-manifest'],
];

/** Extractors that may say less of a cut file without a word, and no others. */
export const MAY_BE_SILENT: readonly string[] = [...PROGRAMS, ...WITHOUT_END].sort();
