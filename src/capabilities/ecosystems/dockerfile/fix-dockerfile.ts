import { orThrow } from '../../../core/result.ts';
import type { TextEdit } from '../../../formats/text/edits.ts';
import { takeBaseName } from '../extractor.ts';
import type { Fix, FixPlanner, FixQuestion, Step } from '../fix.ts';
import { type LocatedDependency, readDockerfile } from './dockerfile.ts';
import { isDockerfile } from './dockerfile-declarations.ts';

/** Pins images to digests and system packages to versions, where these are known. */
export const dockerfileFixes: FixPlanner = {
  listFiles: () => [],
  plan: planDockerfiles,
};

function planDockerfiles(question: FixQuestion): Fix {
  const edits = new Map<string, TextEdit[]>();
  const steps: Step[] = [];
  const open: Step[] = [];
  for (const [file, { bytes, text }] of question.files) {
    if (!isDockerfile(takeBaseName(file))) continue;
    const own: TextEdit[] = [];
    const shift = text.startsWith('\ufeff') ? 1 : 0;
    for (const dependency of orThrow(readDockerfile(file, bytes)).dependencies) {
      if (dependency.pinned === 'yes' || !question.isAsked(dependency)) continue;
      const place = `${file}:${dependency.place.line}`;
      const pin = findPin(dependency, question);
      if (dependency.span === null || pin === null) {
        open.push({ place, what: `${dependency.name}: ${explainOpen(dependency)}` });
        continue;
      }
      const start = dependency.span.start + shift;
      own.push({
        start,
        end: start + dependency.span.text.length,
        text: dependency.span.text + pin,
      });
      steps.push({ place, what: `${dependency.span.text} -> ${dependency.span.text}${pin}` });
    }
    if (own.length > 0) edits.set(file, own);
  }
  return { edits, steps, open, commands: [], mended: new Set() };
}

function findPin(dependency: LocatedDependency, question: FixQuestion): string | null {
  if (dependency.kind === 'base-image') {
    const digest = question.findDigest(dependency);
    return digest === null ? null : `@${digest}`;
  }
  const version = question.findVersion(dependency.name);
  return version === null ? null : `=${version}`;
}

function explainOpen({ kind, span, why }: LocatedDependency): string {
  if (span === null) return why;
  if (kind === 'base-image')
    return (
      `${why}; its digest is not known here: use --digest IMAGE=sha256:…, or --resolve to ask ` +
      'its registry'
    );
  return (
    `${why}; its version is not known here: use --versions-from with an image or an SBOM that ` +
    'has it'
  );
}
